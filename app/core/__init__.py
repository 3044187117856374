"""What every feature stands on: database, clock, refusals, policy, letters, files, pages."""
