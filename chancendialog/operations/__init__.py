"""What keeps it running: the worker's round and heartbeat, the doctor, keys, the trial."""
