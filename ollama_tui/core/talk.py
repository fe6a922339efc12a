"""How `ollama run` is run: by the dashboard and by the line mode."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.handed_on import without_keys
from ollama_tui.core.hosts import without_secrets
from ollama_tui.core.names import parse_name


@dataclass(frozen=True, slots=True)
class Talk:
    """A program that talks to a model in a terminal."""

    command: tuple[str, ...]
    """The program's path and its arguments."""
    environment: Mapping[str, str]


def talk_to(
    name: str, url: str, environment: Mapping[str, str], arguments: Sequence[str] = ()
) -> Talk:
    """How to talk to a model.

    Args:
        name: the model's.
        url: the server's; `ollama` cannot read one with a user name or a password.
        environment: this program's own.
        arguments: what `ollama run` is given beside the name.

    Raises:
        InvalidInput: when it is no model's name; `ollama` could read it as an option.
        OllamaTuiError: when `ollama` is not installed on this machine.
    """
    parse_name(name)
    program = shutil.which("ollama")
    if program is None:
        raise OllamaTuiError(
            "the command `ollama` is not on the PATH of this machine",
            "Install Ollama here (ollama.com/download), which also talks to servers elsewhere, "
            "or run this where it is.",
        )
    return Talk(
        (program, "run", name, *arguments),
        {**without_keys(environment), "OLLAMA_HOST": without_secrets(url)},
    )
