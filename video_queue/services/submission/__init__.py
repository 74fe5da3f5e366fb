"""From a Submission to its rows: values, inputs, fan-out, names, and the one transaction."""
