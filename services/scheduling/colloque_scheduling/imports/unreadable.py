"""The one no of all readers."""

from __future__ import annotations

from colloque.runtime.refusal import Invalid


class UnreadableFile(Invalid):
    """It is not what it is said to be, or what no programme needs (entities, a document type)."""
