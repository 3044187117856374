"""Associations: the council's register of them, who acts for them, and what officers see of the fabric they make.

Words: an *application* waits until an officer *validates* it; a registered association is *in force* until its *renewal* is
due, a year later, and *overdue* after; its *members* asked and were confirmed; its *delegates* are members who act for it
under their own account, which the audit notes as "person for association": nobody shares a password.
"""
