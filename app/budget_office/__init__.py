"""Participatory budgets as officers run them: brought in from a file, opened step by step, what is to be done next."""
