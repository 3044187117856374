"""Representation: who takes part in a process, or is in a segment, beside who is entitled by a census list.

Words: a *dimension* is what is compared (age, sex, district); a *cell* is a group of ten people or more, never of fewer.
"""
