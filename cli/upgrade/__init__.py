"""Upgrading a site: a release arrives, is rehearsed on a copy, goes live under a prober's eyes, and can be left again."""
