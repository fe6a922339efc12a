"""The socket emulator in a process of its own, so that its work is not counted as the program's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.request import urlopen

from benchmarks.rows import Row, in_order, row


@dataclass(frozen=True, slots=True)
class Emulated:
    """A server with invented models."""

    models: int
    url: str
    rows: tuple[Row, ...]
    """What the bare table shows of it."""

    @property
    def first_name(self) -> str:
        """The name in the first row."""
        return self.rows[0][0]


@contextmanager
def emulated(models: int) -> Iterator[Emulated]:
    """A server with so many models, for as long as it is needed."""
    command = [sys.executable, "-m", "ollama_tui.demo", "--models", str(models)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the emulator has no output")
            url = process.stdout.readline().strip()
            yield Emulated(models, url, tuple(_rows(url)))
        finally:
            process.terminate()


def _rows(url: str) -> list[Row]:
    with urlopen(f"{url}/api/tags") as answer:
        return in_order([_row(entry) for entry in json.load(answer)["models"]])


def _row(entry: dict[str, Any]) -> Row:
    details, at = entry["details"], datetime.fromisoformat(entry["modified_at"])
    return row(
        entry["name"],
        entry["size"],
        details["parameter_size"],
        details["quantization_level"],
        details["context_length"],
        " ".join(word for word in entry["capabilities"] if word != "completion"),
        (datetime.now(at.tzinfo) - at).total_seconds() / 86400,
    )
