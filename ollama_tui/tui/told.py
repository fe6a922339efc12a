"""What was said of the downloads, so that it is said once."""

from __future__ import annotations

from dataclasses import dataclass

End = tuple[str, float | None]
"""A download's name and the moment of its end."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the last look at the downloads led to."""

    ends: frozenset[End] | None = None
    """Those that were told; None before the first look, whose ends are old news."""
    unfinished: frozenset[str] = frozenset()
    """Names of those that were said to be unfinished, and are so yet."""
    trouble: str = ""
    """Why the downloads cannot be seen."""
