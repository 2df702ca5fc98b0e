"""The nemesis: a schedule of faults that a seed decides, and the threads that inject them."""

import threading
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from random import Random

from benchmarks.chaos_faults import FAILURES, FAULTS, Scene, absent

GAP_SECONDS = 6.0
ALONE = nullcontext()


@dataclass(frozen=True)
class Strike:
    """One fault: its kind, its second within the drill, and the seed of what it decides."""

    at: float
    kind: str
    seed: int


def schedule(seed: int, seconds: float, kinds: list[str]) -> list[Strike]:
    """Every kind once, in any order, then kinds by their weight, about six seconds apart."""
    chance = Random(seed)
    gap = min(GAP_SECONDS, seconds / (len(kinds) + 1))
    first = chance.sample(kinds, len(kinds))
    weights = [FAULTS[kind].weight for kind in kinds]
    strikes: list[Strike] = []
    at = gap
    while at < seconds:
        kind = first.pop() if first else chance.choices(kinds, weights)[0]
        strikes.append(Strike(round(at, 1), kind, chance.randrange(2**32)))
        at += gap * chance.uniform(0.5, 1.4)
    return strikes


@dataclass
class Nemesis:
    """Injects a schedule into a scene; `counts` holds what was injected, by kind."""

    scene: Scene
    strikes: list[Strike]
    counts: Counter[str] = field(default_factory=Counter)
    threads: list[threading.Thread] = field(default_factory=list)
    busy: dict[str, threading.Lock] = field(default_factory=dict)

    def run(self) -> None:
        """Strike at the times of the schedule; return when the last fault is healed."""
        began = time.monotonic()
        for strike in self.strikes:
            time.sleep(max(0.0, began + strike.at - time.monotonic()))
            thread = threading.Thread(target=self.inject, args=(strike,), daemon=True)
            thread.start()
            self.threads.append(thread)
        for thread in self.threads:
            thread.join()

    def inject(self, strike: Strike) -> None:
        """One fault, as soon as its target is not under another one."""
        fault = FAULTS[strike.kind]
        try:
            with self.busy.setdefault(fault.target, threading.Lock()) if fault.target else ALONE:
                fault.inject(self.scene, Random(strike.seed))
            self.counts[strike.kind] += 1
        except FAILURES as error:
            self.counts[f"{strike.kind} (failed)"] += 1
            print(f"{strike.kind} at {strike.at:.0f} s did not go through: {error}")


def plan(scene: Scene, seed: int, seconds: float) -> list[Strike]:
    """The schedule of what is possible here, printed."""
    missing = absent(scene)
    for kind, reason in missing.items():
        print(f"left out: {kind}, since {reason}")
    strikes = schedule(seed, seconds, [kind for kind in FAULTS if kind not in missing])
    print("faults:", ", ".join(f"{strike.at:.0f} s {strike.kind}" for strike in strikes))
    return strikes
