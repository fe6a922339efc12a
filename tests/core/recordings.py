"""Pull streams that genuine servers sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ollama_tui.core.layers import PullProgress
from ollama_tui.core.pulls import Pull

_FOLDER = Path(__file__).parent.parent / "recordings"


@dataclass(frozen=True, slots=True)
class Recording:
    """The progress lines of one pull, each with its second."""

    title: str
    lines: tuple[tuple[float, PullProgress], ...]

    def replayed(self, pull: Pull) -> tuple[Pull, ...]:
        """The download after each line."""
        states = [pull]
        for second, progress in self.lines:
            states.append(states[-1].advanced(progress, pull.started + second))
        return tuple(states)


def recording(version: str, name: str) -> Recording:
    """One recording by its file's name."""
    return _read(_FOLDER / version / f"{name}.json")


def pull_recordings() -> tuple[Recording, ...]:
    """All pulls that got as far as progress."""
    return tuple(
        _read(path) for path in sorted(_FOLDER.glob("v*/pull-*.json")) if "lines" in _content(path)
    )


def _read(path: Path) -> Recording:
    lines = ((second, json.loads(text)) for second, text in _content(path)["lines"])
    progress = tuple(
        (
            second,
            PullProgress(
                line["status"],
                line.get("digest", ""),
                line.get("total", 0),
                line.get("completed", 0),
            ),
        )
        for second, line in lines
        if "status" in line
    )
    return Recording(f"{path.parent.name} {path.stem}", progress)


def _content(path: Path) -> dict[str, list[tuple[float, str]]]:
    content: dict[str, list[tuple[float, str]]] = json.loads(path.read_text())
    return content
