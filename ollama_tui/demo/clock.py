"""Time: the server's clock, and how Go reads and writes moments and durations."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

TICK = 0.06
"""Seconds between two lines of a pull."""

FOREVER = timedelta(microseconds=9_223_372_036_854_775)
"""Go's longest duration, some 292 years: what a pinned model is kept for."""

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_TERM = re.compile(r"(\d+\.?\d*|\.\d+)([^\d.]*)")


@dataclass(frozen=True, slots=True)
class Clock:
    """What the server knows of time; tests put their own in its place."""

    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]


class FastClock:
    """A clock for tests: sleeping takes no time, but moves the clock."""

    def __init__(self, start: datetime | None = None, pause: float = 0.0) -> None:
        """Begin at a fixed moment unless another is given; each sleep takes a real pause."""
        self._pause = pause
        self._now = start or datetime(2026, 11, 24, 7, 42, 5, 123456, timezone(timedelta(hours=-8)))

    def now(self) -> datetime:
        """Return the moment that the clock shows."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Let the others run once, then be that much later."""
        wakes_at = self._now + timedelta(seconds=seconds)
        await asyncio.sleep(self._pause)
        self._now = max(self._now, wakes_at)

    def advance(self, seconds: float) -> None:
        """Move the clock by hand."""
        self._now += timedelta(seconds=seconds)


def local_now() -> datetime:
    """Return the present moment with this machine's offset."""
    return datetime.now().astimezone()


def rfc3339(moment: datetime) -> str:
    """Write a moment as Go does: to the nanosecond, without zeros at the end."""
    nanoseconds = moment.microsecond * 1000 + moment.microsecond * 7 % 1000
    fraction = f".{nanoseconds:09d}".rstrip("0").rstrip(".")
    offset = moment.strftime("%z")
    zone = "Z" if not moment.utcoffset() else f"{offset[:3]}:{offset[3:5]}"
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{zone}"


def utc_rfc3339(moment: datetime) -> str:
    """Write a moment as Go does, in UTC."""
    return rfc3339(moment.astimezone(UTC))


def go_seconds(text: str) -> float:
    """Read a duration such as `1h30m`, or raise ValueError in Go's words."""
    body = text.lstrip("+-") if text[:1] in ("+", "-") else text
    if body == "0":
        return 0.0
    terms = _TERM.findall(body)
    if not terms or "".join(number + unit for number, unit in terms) != body:
        raise ValueError(f'time: invalid duration "{text}"')
    seconds = 0.0
    for number, unit in terms:
        if not unit:
            raise ValueError(f'time: missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise ValueError(f'time: unknown unit "{unit}" in duration "{text}"')
        seconds += float(number) * _UNITS[unit]
    return -seconds if text.startswith("-") else seconds


def keep_alive_seconds(value: object) -> float | None:
    """Read `keep_alive`: seconds, infinity for ever, None when nothing is said."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"Unsupported type: '{type(value).__name__}'")
    seconds = go_seconds(value) if isinstance(value, str) else float(value)
    return math.inf if seconds < 0 else seconds
