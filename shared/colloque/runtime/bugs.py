"""What may be said of an error: where it happened, and nothing that it quotes."""

from __future__ import annotations

import traceback


def where(error: BaseException) -> str:
    """What kind of error and where, without its words: they may quote somebody."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def whole(error: BaseException) -> str:
    """The same with the way that led there, for the log."""
    told = "".join((type(error).__name__, "\n", *traceback.format_tb(error.__traceback__)))
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else [one for one in (error.__cause__,) if one]
    return "".join((told, *(f"- of it: {whole(one)}" for one in inner)))
