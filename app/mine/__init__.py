"""Mine: the one page of each person: what can I do now, until when, what waits, and what became of what I took part in."""
