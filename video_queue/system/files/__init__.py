"""Files and folders by name: paths as people type them, sequences, safe names, durable writes."""
