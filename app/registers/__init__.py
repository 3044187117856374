"""A register elsewhere that says who is entitled, asked over HTTPS when nobody is found on the lists that the site has (ADR 16).

Words: the *register* is that service; a *waiting check* is a person's own check that the register has not answered yet.
Whom it knows gets an entry on one list of the census, under the hash of the register's own reference.
"""
