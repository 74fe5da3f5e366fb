"""What the viewer shows: outputs with their neighbours, sheets, single frames, proxies, and a job as a grid."""
