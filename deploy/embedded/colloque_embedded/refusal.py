"""What keeps the house from standing, told to whoever starts it."""

from __future__ import annotations


class HouseRefusal(Exception):
    """One clear sentence and a way out, printed as it is: whoever reads it needs no traceback."""
