"""Processes: what the council asks, of whom, from when to when, and what became of it.

Words: a *process* is a bounded effort with a question; a *phase* is a half-open interval of it; its *stage* is what a
resident sees (coming, open, closed, finished). Only `queries.current_phase` answers "is it open?".
"""
