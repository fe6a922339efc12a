"""The commands and the keys: what one can do, the other can."""

from __future__ import annotations

import argparse
import inspect
import re
import shlex

import pytest

from ollama_tui.cli import _command
from ollama_tui.cli.commands import add_commands
from ollama_tui.cli.examples import EXAMPLES, typed
from ollama_tui.cli.parser import parse
from ollama_tui.core.acts import ACTS, Act

ONLY_WITH_KEYS = {
    "model.abort_load": "Ctrl-C aborts the command `load`",
    "model.undo": "`rm` deletes at once",
}

OPERANDS = {
    **dict.fromkeys(("use", "show", "edit", "pull", "load", "rm", "fit"), ("a:1b",)),
    **dict.fromkeys(("cp", "mv"), ("a:1b", "b:1b")),
    "keep": ("a:1b", "forever"),
}
"""What a command needs beside the words of an act."""


def commands() -> set[str]:
    """The names of all commands."""
    found = set()

    def add(name: str, *_: str) -> argparse.ArgumentParser:
        found.add(name)
        return argparse.ArgumentParser()

    add_commands(add)
    return found


# `config` works where the settings do not, so it is run before they are read.
@pytest.mark.parametrize("name", sorted(commands() - {"config"}))
def test_each_command_has_its_function(name: str) -> None:
    assert inspect.iscoroutinefunction(_command(name))


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_help_of_each_command_shows_how_to_type_it(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse([name, "--help"])

    examples = capsys.readouterr().out.split("\nexamples:\n")[1].splitlines()
    assert all(f"ollama-tui {name}" in of or f" {name} " in of for of in examples)
    assert max(map(len, examples)) <= 100


@pytest.mark.parametrize("line", [typed(of) for lines in EXAMPLES.values() for of, _ in lines])
def test_each_example_is_understood(line: str) -> None:
    [words] = re.findall(r"ollama-tui ([^|)]+)", line)

    assert parse(shlex.split(words)).command in EXAMPLES


@pytest.mark.parametrize("act", [act for act in ACTS if act.command], ids=lambda act: act.id)
def test_each_command_of_an_act_is_one(act: Act) -> None:
    name, *words = act.command.split()

    assert parse([name, *words, *OPERANDS.get(name, ())]).command == name


@pytest.mark.parametrize("act", [act for act in ACTS if act.changes], ids=lambda act: act.id)
def test_what_a_key_changes_a_command_changes_too(act: Act) -> None:
    assert act.command or act.id in ONLY_WITH_KEYS
