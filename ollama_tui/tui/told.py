"""What was said of the downloads, so that it is said once."""

from __future__ import annotations

from dataclasses import dataclass, replace

End = tuple[str, float | None]
"""A download's name and the moment of its end; None for a failure, which stays in the list."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the last look at the downloads led to."""

    ends: frozenset[End] | None = None
    """Those that were told; None before the first look, whose ends are old news."""
    unfinished: frozenset[str] = frozenset()
    """Names of those that were said to be unfinished, and are so yet."""
    trouble: str = ""
    """Why the downloads cannot be seen."""

    def begun(self, name: str) -> Told:
        """This, so that the next failure of a download is news."""
        if self.ends is None:
            return self
        return replace(self, ends=self.ends - {(name, None)})
