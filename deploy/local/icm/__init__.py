"""The icm command: sets Open ICM up and runs it on a bare machine, without Docker and without root."""
