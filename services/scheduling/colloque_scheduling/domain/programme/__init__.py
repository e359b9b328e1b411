"""Editions and their programmes: when and where people meet."""
