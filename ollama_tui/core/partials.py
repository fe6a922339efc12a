"""Layers that a server has begun to fetch, read from the files in its folder of blobs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ollama_tui.core.files import read_start

_PART = re.compile(r"(sha256-[0-9a-f]{64}-partial)-\d+")
_BLOCK = 512
_MOST_OF_A_PART = 10_000
_RESUMED_FROM = 64 * 2**20
"""Bytes of a layer from which on the safetensors pull (x/transfer) goes on with its one file."""


@dataclass(frozen=True, slots=True)
class Begun:
    """How far layers are that are not whole."""

    arrived: int = 0
    """Bytes that need not be fetched again."""
    held: int = 0
    """Bytes that their files take on the disk by now, `arrived` at least."""


def file_name(digest: str) -> str:
    """What the server calls the file of a layer."""
    return digest.replace(":", "-")


def begun(blobs: Path, sizes: Mapping[str, int]) -> Begun:
    """How far these layers are; it reads files, so it blocks.

    Args:
        blobs: the folder of the server's layers.
        sizes: the bytes of each, by a digest that can be a file's name.
    """
    parts = _parts(blobs)
    layers = [_layer(blobs / file_name(digest), size, parts) for digest, size in sizes.items()]
    return Begun(sum(arrived for arrived, _ in layers), sum(held for _, held in layers))


def _parts(blobs: Path) -> dict[str, list[Path]]:
    """The files that tell of the parts of a download, by the name of what they are parts of."""
    parts: dict[str, list[Path]] = {}
    with suppress(OSError):
        for name in os.listdir(blobs):
            if match := _PART.fullmatch(name):
                parts.setdefault(match[1], []).append(blobs / name)
    return parts


def _layer(file: Path, size: int, parts: Mapping[str, list[Path]]) -> tuple[int, int]:
    """Bytes of a layer that have arrived, and bytes that it takes on the disk."""
    partial = file.with_name(f"{file.name}-partial")
    length, taken = _sizes(partial)
    # The file is as long as the layer from the start on, so its length tells nothing.
    arrived = sum(map(_completed, parts.get(partial.name, ()))) if length else 0
    if not length and size >= _RESUMED_FROM:
        length, taken = _sizes(file.with_name(f"{file.name}.tmp"))
        arrived = length if length < size else 0
    arrived = min(size, arrived)
    return arrived, min(size, max(arrived, taken))


def _sizes(file: Path) -> tuple[int, int]:
    """A file's length, and the bytes that it takes on the disk; Windows does not tell these."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_size, getattr(found, "st_blocks", 0) * _BLOCK


def _completed(part: Path) -> int:
    """Bytes of a part that have arrived; 0 where its file is damaged or gone."""
    try:
        found = json.loads(read_start(part, _MOST_OF_A_PART) or b"")
        size, completed = found["Size"], found["Completed"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return 0
    is_sound = type(size) is int and type(completed) is int and 0 <= completed <= size
    return completed if is_sound else 0
