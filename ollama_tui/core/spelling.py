"""Words that were meant where others were written."""

from __future__ import annotations

from collections.abc import Iterable


def advice(word: str, known: Iterable[str], otherwise: str) -> str:
    """What to say of a word that nobody knows: the nearest that is known, else something else."""
    from difflib import get_close_matches

    near = get_close_matches(word[:80], list(known), 1)
    return f"Did you mean {near[0]}?" if near else otherwise
