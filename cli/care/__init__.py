"""Care for a running site: records of backups and drills, word for its pages, alerts, maintenance, the support bundle."""
