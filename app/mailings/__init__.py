"""Mailings: one letter to many people, whom a segment, a moment of a process or a list names; written and steered here."""
