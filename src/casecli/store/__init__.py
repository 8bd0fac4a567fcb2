"""The local file: drafts, outbox, snapshots, and the sealed attachments beside it."""
