"""A command-line client and local case manager for support cases at vendors."""

__version__ = "0.1.0"
