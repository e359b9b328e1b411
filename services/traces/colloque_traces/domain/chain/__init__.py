"""A story as a chain: what began it, what was written and announced, who handled it, which mail became of it, and what
is missing, by name. A pure function of the lines that have come."""

from colloque_traces.domain.chain.links import REPORTS, Chain, Expected, Known, Mail, Missing, Seen, Step, Told
from colloque_traces.domain.chain.weaving import chain

__all__ = ["REPORTS", "Chain", "Expected", "Known", "Mail", "Missing", "Seen", "Step", "Told", "chain"]
