"""The text that is edited: its file, which is kept until it is of no more use, and the editor."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from ollama_tui.core.errors import InvalidInput, OllamaTuiError, StateUnwritable, reason_of
from ollama_tui.core.files import make_folder, read_start

_USUAL = ("nano", "vi")
_LONGEST = 32 * 2**20
"""Of a text that is read; what the server tells of a model is no longer."""

Find = Callable[[str], str | None]


class Draft:
    """A text in a file that its owner alone can read."""

    def __init__(self, folder: Path, name: str, text: str) -> None:
        """Write the text.

        Args:
            folder: where drafts are kept.
            name: the model, after which the file is called.
            text: what is edited.

        Raises:
            InvalidInput: when UTF-8 cannot hold the text.
            StateUnwritable: when the folder or the disk does not allow it.
        """
        self._first = text
        folder = folder.absolute()  # no editor may take its path for an option
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[-80:]
        try:
            make_folder(folder)
            self.path = _written(text, folder, f"{stem}-")
        except UnicodeError as error:
            raise InvalidInput("the text has half a character in it") from error
        except OSError as error:
            raise StateUnwritable(
                f"no file for the editor could be written in {folder}: {reason_of(error)}",
                "Make the folder writable for you.",
            ) from error

    def read(self) -> str:
        """What is in the file now.

        Raises:
            OllamaTuiError: when it cannot be read.
        """
        try:
            content = read_start(self.path, _LONGEST + 1)
            text = None if content is None else content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidInput(f"{self.path} is not UTF-8", "Save it as UTF-8.") from error
        except OSError as error:
            raise OllamaTuiError(f"{self.path} cannot be read: {reason_of(error)}") from error
        if text is None:
            raise OllamaTuiError(f"{self.path} is no file any more", "Look at what the editor did.")
        if len(text) > _LONGEST:
            raise InvalidInput(f"{self.path} is longer than any model's text", "Shorten it.")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @property
    def is_touched(self) -> bool:
        """Whether the file holds anything but what was written first.

        Blanks at its end do not count.
        """
        try:
            # Some editors add a line there, or take one away.
            return self.read().rstrip() != self._first.rstrip()
        except InvalidInput:
            return True
        except OllamaTuiError:
            return False

    def discard(self) -> None:
        """Delete the file."""
        with suppress(OSError):
            self.path.unlink()

    def given_up(self) -> str:
        """Keep what was typed and say where it is; with nothing typed, the file goes."""
        if self.is_touched:
            return f"What you typed is kept in {self.path}."
        self.discard()
        return ""


def _written(text: str, folder: Path, stem: str) -> Path:
    """A new file that holds a text; none is left if it cannot be written."""
    handle, name = tempfile.mkstemp(".Modelfile", stem, folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except (OSError, UnicodeError):
        path.unlink(missing_ok=True)
        raise
    return path


def editor_command(environment: Mapping[str, str], find: Find = shutil.which) -> tuple[str, ...]:
    """The user's editor with its arguments: `$VISUAL`, else `$EDITOR`, else one that is there.

    Raises:
        InvalidInput: when the variable cannot be read, or names a program that is not there.
        OllamaTuiError: when there is none.
    """
    for variable in ("VISUAL", "EDITOR"):
        if value := environment.get(variable, "").strip():
            return _command_in(variable, value, find)
    for program in _USUAL:
        if find(program) is not None:
            return (program,)
    raise OllamaTuiError(
        "there is no editor: neither VISUAL nor EDITOR is set, and there is no nano or vi",
        "Set EDITOR, such as `export EDITOR=vim`.",
    )


def _command_in(variable: str, value: str, find: Find) -> tuple[str, ...]:
    try:
        command = shlex.split(value)
    except ValueError as error:
        raise InvalidInput(
            f"{variable} cannot be read: {str(error).lower()}", "It holds a program and arguments."
        ) from error
    if not command or find(command[0]) is None:
        program = command[0] if command else value
        raise InvalidInput(
            f"{variable} names {program[:60]}, which is not there", "Set it to an editor you have."
        )
    return tuple(command)
