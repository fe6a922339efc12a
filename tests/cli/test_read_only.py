"""Read-only mode in line mode: each command is decided, and none sends what changes anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.demo.emulator import Emulator
from tests.cli.conftest import Run
from tests.cli.test_commands import commands
from tests.cli.test_managing import sent
from tests.holders import holders

LOOKS: tuple[tuple[str, ...], ...] = (
    ("ls",),
    ("ps",),
    ("why",),
    ("gpu",),
    ("current",),
    ("use", "gemma3"),
    ("show", "gemma3"),
    ("du",),
    ("status",),
    ("info",),
    ("config",),
    ("env",),
    ("completion", "bash"),
    ("pulls",),
    ("pulls", "--history"),
)
"""What is allowed: to choose the current model is a note of the user's own."""
CHANGES: tuple[tuple[str, ...], ...] = (
    ("rm", "gemma3", "--yes"),
    ("rm", "nosuch"),
    ("cp", "gemma3", "mine"),
    ("mv", "gemma3", "mine"),
    ("edit", "gemma3", "--set", "num_ctx=1024", "--yes"),
    ("edit", "gemma3", "mine"),
    ("load", "gemma3"),
    ("load", "gemma3", "--ctx", "1024", "--keep-alive", "2h"),
    ("unload", "gemma3"),
    ("unload", "--all"),
    ("keep", "gemma3", "forever"),
    ("keep", "gemma3", "0"),
    ("run", "gemma3"),
    ("run",),
    ("pull", "tiny"),
    ("pull", "tiny", "--detach"),
    ("pulls", "cancel", "tiny"),
    ("pulls", "pause", "--all"),
    ("pulls", "resume", "--all"),
)
"""What is refused."""
ELSEWHERE = {
    "doctor": "tests/cli/test_examining.py",
    "serve": "tests/api/test_read_only.py",
    "pick": "it needs a terminal, and prints a name",
}


def test_each_command_is_decided() -> None:
    decided = {words[0] for words in (*LOOKS, *CHANGES)}

    assert decided | set(ELSEWHERE) == commands()


@pytest.mark.parametrize("words", CHANGES, ids=" ".join)
def test_what_changes_something_is_refused_and_sends_nothing(
    server: Emulator, run: Run, words: tuple[str, ...], state_folder: Path
) -> None:
    refused = run("--readonly", *words)

    assert (refused.code, refused.out) == (5, "")
    assert "Read-only mode" in refused.err
    assert sent(server) == []
    assert holders(state_folder) == []


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
def test_what_only_looks_is_done_and_sends_nothing_either(
    server: Emulator, run: Run, words: tuple[str, ...], state_folder: Path, config_file: Path
) -> None:
    config_file.write_text('preflight = false\ncurrent_alias = "current"\n')
    run("--readonly", "use", "qwen3:8b")

    assert run("--readonly", *words).code == 0

    assert sent(server) == []
    assert holders(state_folder) == []


def test_the_setting_does_the_same_as_the_option(
    server: Emulator, run: Run, config_file: Path
) -> None:
    config_file.write_text("preflight = false\nreadonly = true\n")

    assert run("rm", "gemma3", "--yes").code == 5
    assert sent(server) == []
