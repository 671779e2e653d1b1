"""What keeps it running: the worker's round and the trial."""
