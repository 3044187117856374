"""A trial site: on this machine only, as this user, in one folder; gone without a trace when it is uninstalled."""
