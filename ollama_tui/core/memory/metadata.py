"""The keys of a model's file that `/api/show` tells, read with care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_LARGEST = 2**40


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a model's file says of itself."""

    architecture: str
    """Empty if it is not told."""
    own: Mapping[str, object]
    """What stands under the architecture's name, without it."""
    parameters: Mapping[str, str]
    """The model's parameters as they are written, by name."""
    has_projector: bool
    """Whether it has a part that reads images."""

    @classmethod
    def of(cls, shown: Mapping[str, object]) -> Metadata:
        """What an answer of `/api/show` tells."""
        found = shown.get("model_info")
        about = found if isinstance(found, dict) else {}
        name = about.get("general.architecture")
        architecture = name if isinstance(name, str) else ""
        prefix = f"{architecture}."
        own = {
            key.removeprefix(prefix): value
            for key, value in about.items()
            if isinstance(key, str) and key.startswith(prefix)
        }
        has_projector = bool(shown.get("projector_info")) or any(
            key.startswith(("vision.", "audio.")) for key in own
        )
        return cls(architecture, own, _parameters(shown.get("parameters")), has_projector)

    def has(self, key: str) -> bool:
        """Whether the file has it, be it told or not: lists are not, without `verbose`."""
        return key in self.own

    def number(self, key: str, at: int | None = None) -> int | None:
        """A whole number; None if it is not told.

        Args:
            key: without the architecture's name.
            at: which one, where there is one for each layer.
        """
        found = self.own.get(key)
        if isinstance(found, list) and at is not None and at < len(found):
            found = found[at]
        if isinstance(found, bool) or not isinstance(found, int):
            return None
        return found if 0 <= found < _LARGEST else None

    def flags(self, key: str) -> tuple[bool, ...] | None:
        """A yes or no for each layer; None if that is not told."""
        found = self.own.get(key)
        return tuple(map(bool, found)) if isinstance(found, list) else None

    def parameter(self, name: str) -> int | None:
        """A parameter that is a whole number; None if the model does not set it."""
        text = self.parameters.get(name, "")
        is_number = text.isascii() and text.isdigit() and len(text) < 13
        return int(text) or None if is_number else None


def _parameters(text: object) -> Mapping[str, str]:
    lines = text.splitlines() if isinstance(text, str) else []
    pairs = (line.split(None, 1) for line in lines)
    return {pair[0]: pair[1].strip() for pair in pairs if len(pair) == 2}
