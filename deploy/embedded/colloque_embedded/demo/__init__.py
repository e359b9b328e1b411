"""`python -m colloque_embedded demo`: NEC 2018 in a house of its own, played from outside; then the house stays up."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import httpx

from colloque_embedded.demo.performance import Performance, Stopped
from colloque_embedded.demo.telling import Teller
from colloque_embedded.refusal import HouseRefusal
from colloque_embedded.settings import EmbeddedSettings
from colloque_embedded.story.organiser import Refused
from colloque_embedded.story.play import WentWrong
from colloque_embedded.story.process import free_row

__all__ = ["play"]


def play(settings: EmbeddedSettings, *, ends: bool) -> int:
    """The status to end with: 0 if every step held."""
    if not ends:
        return _perform(Performance(settings.data, settings.port, Teller()), stays=True)
    with tempfile.TemporaryDirectory(prefix="colloque-demo-", ignore_cleanup_errors=True) as folder:
        return _perform(Performance(Path(folder), free_row(), Teller()), stays=False)


def _perform(performance: Performance, *, stays: bool) -> int:
    tell = performance.tell
    try:
        asyncio.run(performance.run(stays=stays))
    except KeyboardInterrupt:
        tell.line(performance.farewell)
        return 0 if performance.over else 130
    except Stopped as stopped:
        tell.line(str(stopped))
        return 1
    except (WentWrong, Refused, TimeoutError, httpx.HTTPError) as error:
        tell.line(f"A step did not hold: {str(error) or type(error).__name__}")
        tell.line(performance.farewell)
        return 1
    except OSError as error:
        raise HouseRefusal(f"The disk or the network says no ({error}): make some room, then try again.") from None
    return 0
