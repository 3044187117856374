"""Contacts: the officers' pages about people: find an account, what it did, how engaged it is, its tags."""
