"""What every public site owes its visitors: how accessible it is, and what it knows of them and for how long."""
