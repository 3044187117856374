"""Bundles: one signed file that carries a release with all that it needs, so that a host without any network can be given it."""
