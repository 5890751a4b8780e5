"""Readers of what servers send: pure functions from bytes to records, which never raise."""
