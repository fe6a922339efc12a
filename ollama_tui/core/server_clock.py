"""Times as a server tells them, and how far its clock is from this machine's."""

from __future__ import annotations

from datetime import datetime

_ALIKE = 60.0
"""Seconds between two clocks that nobody would see in minutes; an answer takes time, too."""


def seconds_ahead(date: str, now: float, before: float) -> float:
    """How many seconds the server's clock is ahead of this machine's; 0 where they agree.

    Args:
        date: the `Date` of an answer that has just come.
        now: seconds since 1970 on this machine.
        before: what was found before, which stays where it still holds.
    """
    from email.utils import parsedate_to_datetime

    try:
        ahead = parsedate_to_datetime(date).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return before
    if abs(ahead - before) < _ALIKE:
        return before
    return ahead if abs(ahead) >= _ALIKE else 0.0


def moment(text: object) -> float | None:
    """Seconds since 1970 of a time as Go writes it; None for its zero time or for none at all."""
    if not isinstance(text, str):
        return None
    try:
        seconds = datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return seconds if seconds > 0 else None
