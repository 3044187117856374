"""Backup sets: how one is made, what it is, where it is kept, what was learnt about it. docs/adr/0012 says why it is so."""
