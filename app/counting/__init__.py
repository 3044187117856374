"""Counting: from an election on paper to the list of funded projects, exactly and the same everywhere.

Words: an *election* is a budget, its projects and its ballots; a *measure* is what projects are ranked by
(votes or score); a *rule* turns measures into an *outcome*; a *tie rule* decides between equals and says
so.

A leaf package: the site and ``civic count`` both import it, it imports neither (docs/adr/0008). Nothing in it
knows a database, a request or the time of day.

    election = pabulib.read("town.pb")          # app.counting.pabulib
    outcome = rules.count(election)             # app.counting.rules
    pabulib.write(election, stream)             # the same election as canonical bytes
"""
