"""The icm command: sets the platform up and runs it on a bare machine."""
