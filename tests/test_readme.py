"""The README says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from ollama_tui.core.acts import ACTS, MOVES
from ollama_tui.core.keys import key_sign

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def keys_table() -> str:
    """The acts with their keys, as the README lists them."""
    rows = ["| key | does | command | id |", "|---|---|---|---|"]
    for act in (*ACTS, *MOVES):
        keys = " ".join(f"`{key_sign(key)}`" for key in act.keys)
        command = f"`{act.command}`" if act.command else ""
        rows.append(f"| {keys} | {act.title} | {command} | `{act.id}` |")
    return "\n".join(rows)


def test_it_lists_each_key_and_act() -> None:
    assert keys_table() in README


def test_each_picture_it_shows_is_there() -> None:
    shown = re.findall(r"\]\((screenshots/[^)]+)\)", README)

    assert shown
    assert [name for name in shown if not (Path(__file__).parent.parent / name).is_file()] == []


def test_its_test_command_is_the_one_that_the_check_runs() -> None:
    assert re.search(r"<!-- tests -->\n```sh\n[^\n]+pytest -n 4 --dist loadfile\n```", README)
