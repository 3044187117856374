"""Tests on real hosts: Debian machines made from nothing, booted with systemd, each with an address of its own."""
