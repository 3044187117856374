"""Signing in: proving to be a person by a code or link sent to the address, and for staff by a second factor.

Words: a *code* is six digits mailed to an address, with a *link* that does the same; its *handle* names it in addresses of pages;
a *session* is one browser signed in; the *second factor* is a TOTP app (RFC 6238) or a *recovery code*; a *one-time link* is
the one with which staff set the second factor up. Decisions: docs/adr/0007-sign-in.md.
"""
