"""Which district an address lies in, by the council's table of streets.

Words: a *street range* is a street, or the house numbers of one from a first to a last on one side or both, that lies in a
district. The table is replaced as a whole. Nothing is kept of anybody: the district of an address is found when it is asked for.
"""
