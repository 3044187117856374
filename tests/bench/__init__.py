"""Figures as ratios against a named floor measured in the same run: `./tests/run bench`."""
