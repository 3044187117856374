"""Verification: who an account is on the census lists, and who may therefore take part.

Words: a *check* is the person's own question "am I on the list?"; a *match* is its good end (level 2), or that of an officer
who saw the identity document at the *desk* (level 3); a *correction request* goes to the officers when the list seems wrong.
"""
