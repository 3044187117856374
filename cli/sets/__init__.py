"""Backup sets: made and stored, proved by restoring them into a scratch database, restored."""
