"""The folder beside a checkout: schemas of others and real programmes. Nobody is asked to have it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent")


@cache
def _schedule_xsd() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SHARED / "schemas" / "schedule.xml.xsd"))


def faults(xml: bytes) -> list[str]:
    """The first of what c3voc's own schema finds in a schedule.xml."""
    xsd = _schedule_xsd()
    xsd.validate(etree.fromstring(xml))
    return [f"{one.line}: {one.message}" for one in xsd.error_log][:3]
