"""Versions of Ollama, as numbers that can be compared."""

from __future__ import annotations

import re

Version = tuple[int, int, int]


_LLAMA_SERVER_SINCE = (0, 30, 0)


def has_own_engine(text: str) -> bool:
    """Whether a server of that version computes with an engine of its own, and not llama-server."""
    version = version_of(text)
    return version is not None and version < _LLAMA_SERVER_SINCE


def version_of(text: str) -> Version | None:
    """A version as numbers; None for one that is no release: what is built from source is 0.0.0."""
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})", text)
    if found is None:
        return None
    version = int(found[1]), int(found[2]), int(found[3])
    return version if any(version) else None
