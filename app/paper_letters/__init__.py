"""Letters on paper to those of a segment whom no e-mail reaches: one file to print, a page each, for window envelopes.

Words: *by e-mail* are those who confirmed an address and said yes to the purpose; whoever said no to it gets no letter either.
Nothing of it is kept but that a file was made, of how many people and what for.
"""
