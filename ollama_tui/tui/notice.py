"""What an act has to say when it is done."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS = 5.0
"""How long a notice stays, unless a key is pressed; a failure waits for a key."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One line about what happened."""

    text: str
    fact: str = ""
    """A figure beside it, in the quiet ink."""
    is_failure: bool = False
