"""How a pin ended, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ollama_tui.core import units


class Ending(Enum):
    """How a pin ended."""

    SHORTENED = "shortened"
    """Another request brought a keep-alive of its own."""
    RELOADED = "reloaded"
    """Another request wanted another context length, so that the server loaded it anew."""
    PUSHED_OUT = "pushed out"
    """Another model was loaded in its place."""
    UNLOADED = "unloaded"
    """It went without another one in its place, as far as was seen."""
    SERVER_AWAY = "server away"
    """It was gone when the server answered again."""


@dataclass(frozen=True, slots=True)
class Break:
    """The end of a pin that nobody of this program asked for."""

    how: Ending
    since: float
    """Seconds since 1970, when it was seen."""
    by: str = ""
    """The other model, keep-alive or context length; empty if that is not known."""
    was_watched: bool = True
    """Whether it was seen to hold shortly before; else it may have ended much earlier."""

    @property
    def reason(self) -> str:
        """What ended it, in words."""
        if self.how is Ending.SHORTENED:
            return f"another request keeps it for {self.by or 'less'}"
        if self.how is Ending.RELOADED:
            return f"another request loaded it with {self.by or 'another'} context"
        if self.how is Ending.PUSHED_OUT:
            return f"{self.by} was loaded in its place"
        if self.how is Ending.SERVER_AWAY:
            return "it was gone when the server came back"
        return "it was unloaded elsewhere, or pushed out"

    @property
    def words(self) -> str:
        """Since when, and what ended it: `pin lost 14:02: …`."""
        before = "" if self.was_watched else "before "
        return f"pin lost {before}{units.clock(self.since)}: {self.reason}"
