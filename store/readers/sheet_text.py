"""The cells of a workbook as text."""

from datetime import date, datetime, time, timedelta

LEAP_EVE = date(1900, 2, 28)

Value = int | float | str | bool | time | date | datetime | timedelta


def text(value: Value) -> str | None:
    """A cell as text: whole numbers without ".0", ISO dates, true and false; empty is None.

    Numbers have the fewest digits that give the same number again, from 1e+16 on with an exponent
    (all digits of the file are among the marks of the sheet). A span of time is written in
    hours, minutes and seconds, as spreadsheets show it.
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return without_zeros(value.isoformat(" "))
    if isinstance(value, time):
        return without_zeros(value.isoformat())
    if isinstance(value, timedelta):
        return hours(value)
    return str(value)


def may_be_no_date(value: Value) -> bool:
    """Whether the parser may have made this moment of a number that is no date of the calendar.

    Of negative ones it makes a time of day, of 29 February 1900 the day before.
    """
    if isinstance(value, time):
        return True
    day = value.date() if isinstance(value, datetime) else value
    return day == LEAP_EVE


def without_zeros(moment: str) -> str:
    """A time of day whose fraction of a second ends in no zero."""
    return moment.rstrip("0") if "." in moment else moment


def hours(span: timedelta) -> str:
    """A span of time as 255:10:10, with a fraction where there is one."""
    sign = "-" if span < timedelta() else ""
    span = abs(span)
    minutes, seconds = divmod(span.seconds, 60)
    whole = f"{sign}{span.days * 24 + minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return without_zeros(f"{whole}.{span.microseconds:06}") if span.microseconds else whole
