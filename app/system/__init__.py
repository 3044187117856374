"""System: what officers see of the host that carries the site: backups that were proven, drills, maintenance, alerts."""
