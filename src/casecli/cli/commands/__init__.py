"""One file a command: its arguments, its help and a few lines of work."""
