"""Counts failures per client and says when it is enough."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_CLIENTS = 10_000


@dataclass(frozen=True)
class Throttle:
    """At most `limit` failures within `seconds` for one client.

    For use on the event loop: between `blocked` and `note` there must be no await, or a
    hundred tries at once would all pass.
    """

    limit: int = 5
    seconds: float = 300.0
    clock: Callable[[], float] = time.monotonic
    failures: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def blocked(self, client: str) -> bool:
        """True while the client has used up its failures."""
        return len(self.recent(client)) >= self.limit

    def note(self, client: str) -> None:
        """Count one failure."""
        if len(self.failures) >= MAX_CLIENTS:
            for known in [known for known in self.failures if not self.recent(known)]:
                del self.failures[known]
        self.failures[client] = (*self.recent(client), self.clock())

    def recent(self, client: str) -> tuple[float, ...]:
        """The times of the failures that still count."""
        since = self.clock() - self.seconds
        return tuple(at for at in self.failures.get(client, ()) if at > since)
