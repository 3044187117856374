"""Participatory budgets: projects, what they cost, ballots of five kinds, and the count.

Words: a *budget* is the money of one process and the way to share it out; a *project* may be funded by it; *limits* say
how a ballot may be filled in; *choices* are what one ballot says; *results* are what a counting rule made of the box.
"""
