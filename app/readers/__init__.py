"""Mailings as they are kept, and what became of each reader; written by app.mailings and app.sending.

Words: the *readers* are whom a mailing is meant for; one who may not be written to is *left out*, with the reason; a reader's
*standing* is how far their copy has come.
"""
