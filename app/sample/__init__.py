"""Valclair, an invented town to try the site with: its residents, an open budget, and one that is finished.

Everything but secrets is the same each time. The words are in `town.json`, in the site's three languages.
"""
