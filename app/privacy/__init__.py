"""Privacy: what people say of their own data, and what becomes of it: consents, download, erasure, retention, merging of doubles.

Words: a *holding* is a place where the database names a person, with what happens to it when the person goes; *erasure* takes
away all that says who somebody was and leaves a *former participant*, a number; a *double* is a second account of one person.
"""
