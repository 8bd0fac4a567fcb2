"""The use cases: what the verbs do, in terms of ports and the domain."""
