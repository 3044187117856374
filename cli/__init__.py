"""The life of a site: install, run, look after. Talks to the app only through its commands."""
