"""Bounces: letters that come back, and complaints, taken in from wherever mail servers put them."""
