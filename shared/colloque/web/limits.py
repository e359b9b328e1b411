"""How much, how often, and from where."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.requests import Request

from colloque.runtime.refusal import Refusal
from colloque.web.settings import Network


class TooMany(Refusal):
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many at once from one place", seconds=retry_after)
        self.retry_after = retry_after


class Buckets:
    """A token bucket an address, in this process's memory, for at most `room` addresses (the longest unseen go)."""

    def __init__(self, burst: int, per_minute: float, room: int = 10_000) -> None:
        self.burst, self.per_second, self.room = burst, per_minute / 60, room
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now: float) -> None:
        """Raises TooMany when there is nothing left for this key."""
        if self.burst:
            self._keep(key, self._some_left(key, now) - 1, now)

    def look(self, key: str, now: float) -> None:
        """As `take`, and nothing is taken."""
        if self.burst and key in self._left:
            self._keep(key, self._some_left(key, now), now)

    def _some_left(self, key: str, now: float) -> float:
        left, at = self._left.pop(key, (float(self.burst), now))
        left = min(float(self.burst), left + max(0.0, now - at) * self.per_second)
        if left < 1:
            self._keep(key, left, now)
            wait = (1 - left) / self.per_second if self.per_second else 3600.0
            raise TooMany(max(1, min(3600, int(wait + 0.999))))
        return left

    def _keep(self, key: str, left: float, now: float) -> None:
        self._left[key] = (left, now)
        if len(self._left) > self.room:
            self._left.popitem(last=False)

    def __len__(self) -> int:
        return len(self._left)


def client_address(request: Request, trusted: Iterable[Network]) -> str:
    """Who is asking, as far as it can be known: the nearest address that is none of our proxies'. One household or
    office of IPv6 is its /64."""
    address = _parsed(request.client.host if request.client else "")
    if address is None:
        return "unknown"
    networks = tuple(trusted)
    for hop in reversed(request.headers.get("x-forwarded-for", "").split(",")[-10:] if networks else []):
        if not any(address in network for network in networks):
            break
        address = _parsed(hop.strip()) or address
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network(f"{address}/64", strict=False).network_address)
    return str(address)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
