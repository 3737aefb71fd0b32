"""Files of lines: streamlines in JSON, neurons in SWC."""
