"""Line files: streamlines in JSON, neurons in SWC."""
