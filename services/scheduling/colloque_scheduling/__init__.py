"""The room « when and where? »: editions, rooms, sessions, releases."""

from colloque_scheduling.room import build

__all__ = ["build"]
