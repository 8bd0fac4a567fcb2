"""The command line: wires the adapters together, asks, and shows."""
