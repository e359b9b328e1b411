"""A window on the town, and what can be measured in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.town import Town

Names = tuple[str, ...]


@contextmanager
def window(
    chromium: Browser,
    town: Town,
    width: int = 1280,
    *,
    signed_in: bool = False,
    cookies: Mapping[str, str] | None = None,
    **how: Any,
) -> Iterator[Page]:
    """`cookies`: of somebody else who is signed in. `how`: what a browser context can be told (`color_scheme`,
    `java_script_enabled`, `bypass_csp` …)."""
    how = {"viewport": {"width": width, "height": 800}, "locale": "fr-FR", "reduced_motion": "reduce", **how}
    context = chromium.new_context(**how)
    held = cookies or (town.cookies if signed_in else {})
    if held:
        context.add_cookies([{"name": name, "value": value, "url": town.house.url} for name, value in held.items()])
    try:
        yield context.new_page()
    finally:
        context.close()


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


# Text that runs out of its own box without a way to see it, or that another box covers.
_CLIPPED = """() => {
  const found = [];
  for (const one of document.querySelectorAll('main *, header *, footer *')) {
    if (one.closest('.vh, .skip, svg, iframe, thead, input') || !one.offsetParent) continue;
    const style = getComputedStyle(one);
    const hides = style.overflowX !== 'visible' || style.overflowY !== 'visible';
    if (hides && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
      found.push(one.tagName + '.' + one.className + ': ' + one.textContent.trim().slice(0, 40));
  }
  return found;
}"""


def clipped(page: Page) -> list[str]:
    found: list[str] = page.evaluate(_CLIPPED)
    return found


SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
    "p { margin-bottom: 2em !important }"
)
"""WCAG 1.4.12, as a reader's own style sheet."""
