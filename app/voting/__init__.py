"""Voting in a participatory budget: the ballot that saves itself, the last look, and the word that it is in."""
