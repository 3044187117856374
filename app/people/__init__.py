"""People: accounts and how to reach them, their roles, and what kind of thing they did on which day.

Words: a *person* is an account; a *contact point* is an address at which the person can be reached, *confirmed* once they have
shown that they read what arrives there; *staff* are officers and administrators; the *activity log* says who did what kind of
thing in which process on which day, never what they chose. How a person proves to be that person is `app.sign_in`.
"""
