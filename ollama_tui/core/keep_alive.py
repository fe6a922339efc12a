"""For how long a model stays loaded, as people write it and as Ollama takes it."""

from __future__ import annotations

import re

from ollama_tui.core.errors import InvalidInput

FOR_EVER = -1.0
"""Any negative number of seconds pins a model (envconfig/config.go)."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d|w)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
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
    elif _WHOLE.fullmatch(trimmed):
        seconds = sum(float(part[1]) * _UNITS[part[2]] for part in _PART.finditer(trimmed))
    if not 0 <= seconds <= _LONGEST:
        raise InvalidInput(
            f"{text[:40]!r} is not a time to stay loaded",
            "Write 30m, 1h30m, 2d, a number of seconds, or forever.",
        )
    return seconds
