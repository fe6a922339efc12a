"""An editor that is a script: what it does to the text at its first run, its second, and so on."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """\
#!/bin/sh
cd {folder}
runs=$(($(cat runs) + 1))
echo "$runs" > runs
cp "$1" "seen-$runs"
. "./step-$runs"
"""


@dataclass(frozen=True, slots=True)
class Editor:
    """The script, and what it saw."""

    folder: Path

    @property
    def command(self) -> str:
        """What VISUAL or EDITOR is set to."""
        return shlex.quote(str(self.folder / "my editor"))

    @property
    def runs(self) -> int:
        """How often it was started."""
        return int((self.folder / "runs").read_text())

    def seen(self, run: int) -> str:
        """The text that it was given at a run, from 1."""
        return (self.folder / f"seen-{run}").read_text()


def make_editor(folder: Path, *steps: str) -> Editor:
    """Make an editor.

    Args:
        folder: where it lives.
        steps: shell commands for each run; `$1` is the file.
    """
    folder.mkdir()
    (folder / "runs").write_text("0")
    for run, step in enumerate(steps, 1):
        (folder / f"step-{run}").write_text(step)
    script = folder / "my editor"
    script.write_text(_SCRIPT.format(folder=shlex.quote(str(folder))))
    script.chmod(0o700)
    return Editor(folder)


def types(line: str) -> str:
    """A step that adds a line at the end."""
    return f'printf "%s\\n" {shlex.quote(line)} >> "$1"'


def writes(text: str) -> str:
    """A step that leaves nothing but this text."""
    return f'printf "%s\\n" {shlex.quote(text)} > "$1"'
