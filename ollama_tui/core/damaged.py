"""Damaged files: they are kept under another name, and count as empty."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ollama_tui.core.errors import StateUnwritable, reason_of
from ollama_tui.core.files import JsonObject


def set_aside(path: Path) -> Path | None:
    """Rename a damaged file so that it is kept and no longer read; None if that is not allowed."""
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        path.replace(aside)
    except OSError:
        return None
    return aside


def read_or_set_aside(
    path: Path,
    read: Callable[[Path], JsonObject],
    warn: Callable[[str], None],
    advice: str,
) -> JsonObject:
    """What a file holds; a damaged one is kept under another name and counts as empty.

    Args:
        path: the file.
        read: reads it; a ValueError means that it is damaged.
        warn: is told in words that it was damaged.
        advice: what the user has to do again, the end of that sentence.

    Raises:
        StateUnwritable: when the file is there but cannot be read.
    """
    try:
        return read(path)
    except ValueError:
        aside = set_aside(path)
        where = f" and was set aside as {aside.name}" if aside else ""
        warn(f"{path} is damaged{where}; {advice}")
        return {}
    except OSError as error:
        raise StateUnwritable(
            f"{path} cannot be read: {reason_of(error)}", "Make it readable for you."
        ) from error
