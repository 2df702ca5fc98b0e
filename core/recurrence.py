"""When something recurs: every so many hours, or by a cron expression in UTC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, pairwise

from croniter import (  # type: ignore[import-untyped]
    CroniterBadDateError,
    CroniterError,
    croniter,
)

from core.errors import ParamsError

HOUR = 3_600.0
MOST_HOURS = 24 * 31
LEAST_MINUTES = 15
RUNS_OF_A_DAY = 24 * 60 // LEAST_MINUTES

EVERY = re.compile(r"every (\d{1,4}) hours?")
CRON = re.compile(r"[\d*,/\-a-z]+( [\d*,/\-a-z]+){4}")
NAME = re.compile(r"[a-z]+")
NAMES = frozenset(
    (
        *("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
        *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    )
)

NOT_CRON = (
    "'{rule}' is no cron expression. Write five fields: minute, hour, day of the month, month, day"
    " of the week, like '30 6 * * 1-5' for 06:30 UTC on working days."
)
TOO_OFTEN = (
    f"'{{rule}}' would run more often than every {LEAST_MINUTES} minutes; choose fewer times."
)
NEVER = "'{rule}' names a day that no month has, so it would never run."
HOURS = f"Every how many hours must be a whole number from 1 to {MOST_HOURS}."


@dataclass(frozen=True)
class Recurrence:
    """A rule that has been checked: "every 6 hours" or five fields of cron, at most 128 signs."""

    rule: str

    @property
    def hours(self) -> int | None:
        """The interval; None for a cron expression."""
        match = EVERY.fullmatch(self.rule)
        return int(match[1]) if match else None

    def times(self, moment: float) -> Iterator[float]:
        """All times after a moment, both in seconds since the epoch.

        An interval counts from that moment, a cron expression knows its times by itself.
        """
        if self.hours is None:
            return cron_times(self.rule, moment)
        return count(moment + self.hours * HOUR, self.hours * HOUR)

    def after(self, due: float, now: float) -> tuple[int, float]:
        """How many times have come from `due` until now, `due` included, and the next one."""
        return next((n, time) for n, time in enumerate(self.times(due), 1) if time > now)


def cron_times(rule: str, moment: float) -> Iterator[float]:
    """The times of a cron expression after a moment."""
    start = datetime.fromtimestamp(moment, UTC)
    for time in croniter(rule, start, ret_type=float):
        yield float(time)


def recurrence(rule: str) -> Recurrence:
    """Read a rule: "every 6 hours", or minute, hour, day, month and day of the week in UTC.

    Raises ParamsError with a sentence when it is none, never comes, or comes more often than
    every 15 minutes.
    """
    rule = " ".join(rule.lower().split())
    if rule.startswith("every "):
        return interval(rule)
    if len(rule) > 128 or not CRON.fullmatch(rule) or set(NAME.findall(rule)) - NAMES:
        raise ParamsError(NOT_CRON.format(rule=rule[:60]))
    check_cron(rule)
    return Recurrence(rule)


def interval(rule: str) -> Recurrence:
    """An interval of whole hours. Raises ParamsError."""
    match = EVERY.fullmatch(rule)
    if match is None or not 1 <= int(match[1]) <= MOST_HOURS:
        raise ParamsError(HOURS)
    return Recurrence(rule)


def check_cron(rule: str) -> None:
    """Raise ParamsError unless the expression comes to pass, and not too often.

    How close two times can be is found on a day that has all of its hours and minutes.
    """
    try:
        times = cron_times(" ".join([*rule.split()[:2], "*", "*", "*"]), 0.0)
        day = [next(times) for _ in range(RUNS_OF_A_DAY + 1)]
        # A field of days may be wrong, or name a day that never comes, on its own.
        next(cron_times(rule, 0.0))
    except CroniterBadDateError as error:
        raise ParamsError(NEVER.format(rule=rule[:60])) from error
    except CroniterError as error:
        raise ParamsError(NOT_CRON.format(rule=rule[:60])) from error
    if min(later - earlier for earlier, later in pairwise(day)) < LEAST_MINUTES * 60:
        raise ParamsError(TOO_OFTEN.format(rule=rule[:60]))
