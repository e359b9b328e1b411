"""Colloque: conferences and the travels of delegations, run by a small public team."""
