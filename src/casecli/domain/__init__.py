"""Pure values and rules of support cases: standard library only, no I/O, no clock."""
