"""Exit codes: what a script can know of how a command ended."""

from __future__ import annotations

from enum import IntEnum

from ollama_tui.core.errors import (
    InvalidInput,
    NoSuchModel,
    OllamaTuiError,
    Refused,
    Unreachable,
)


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    IN_PART = 1
    """Done in part, or failed in a way that has no code of its own."""
    WRONG_USAGE = 2
    UNREACHABLE = 3
    """No server answered, or none that is Ollama."""
    NO_SUCH_MODEL = 4
    REFUSED = 5
    INTERRUPTED = 130


_CODES: tuple[tuple[type[OllamaTuiError], ExitCode], ...] = (
    (InvalidInput, ExitCode.WRONG_USAGE),
    (Unreachable, ExitCode.UNREACHABLE),
    (NoSuchModel, ExitCode.NO_SUCH_MODEL),
    (Refused, ExitCode.REFUSED),
)


def exit_code_of(failure: type[OllamaTuiError]) -> ExitCode:
    """The code of that kind of failure."""
    return next((code for kind, code in _CODES if issubclass(failure, kind)), ExitCode.IN_PART)
