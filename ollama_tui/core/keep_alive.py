"""For how long a model stays loaded, as people write it and as Ollama takes it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ollama_tui.core.errors import InvalidInput

FOR_EVER = -1.0
"""Any negative number of seconds pins a model (envconfig/config.go)."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = r"(\d+(?:\.\d+)?)(s|m|h|d|w)"
_WORDS = {"forever": FOR_EVER, "for ever": FOR_EVER, "pinned": FOR_EVER, "-1": FOR_EVER}
_LONGEST = 10 * 365 * 86400.0


def parse_keep_alive(text: str) -> float:
    """Seconds in `30m`, `1h30m`, `2d`, `300` or `forever`; negative for ever, 0 unloads.

    Raises:
        InvalidInput: when it is none of these.
    """
    trimmed = text.strip().casefold()
    if trimmed in _WORDS:
        return _WORDS[trimmed]
    seconds = -1.0
    if re.fullmatch(r"\d+(?:\.\d+)?", trimmed):
        seconds = float(trimmed)
    elif re.fullmatch(rf"(?:{_PART})+", trimmed):
        seconds = sum(float(part[1]) * _UNITS[part[2]] for part in re.finditer(_PART, trimmed))
    if not 0 <= seconds <= _LONGEST:
        raise InvalidInput(
            f"{text[:40]!r} is not a time to stay loaded",
            "Write 30m, 1h30m, 2d, a number of seconds, or forever.",
        )
    return seconds


def keep_alive_text(seconds: float) -> str:
    """Seconds as `parse_keep_alive` reads them: `30m`, `2d`, `forever`."""
    if seconds < 0:
        return "forever"
    unit = next((unit for unit in "dhm" if seconds and seconds % _UNITS[unit] == 0), "s")
    return f"{seconds / _UNITS[unit]:.15g}{unit}"


def nearest_keep_alive(choices: Sequence[float], left: float | None) -> float:
    """The choice that is likely to be a model's present one.

    A server does not tell the keep-alive of a model but what is left of it, so it is the
    shortest of those that are long enough, else the longest.

    Args:
        choices: seconds, at least one; negative for ever.
        left: seconds until it unloads, negative for ever; None if that is not known.
    """
    if left is None:
        return choices[0]
    longest_first = sorted(choices, key=_length, reverse=True)
    # A clock of the server's may go a little ahead of ours.
    enough = [choice for choice in longest_first if _length(choice) >= _length(left) * 0.95]
    return enough[-1] if enough else longest_first[0]


def _length(seconds: float) -> float:
    return math.inf if seconds < 0 else seconds
