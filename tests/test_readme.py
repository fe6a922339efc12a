"""The README says what the program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ollama_tui.config import Settings, demo_paths
from ollama_tui.config.table import SETTINGS, Setting
from ollama_tui.core.acts import ACTS, MOVES
from ollama_tui.core.keys import key_sign
from tests.cli.test_commands import commands

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def keys_table() -> str:
    """The acts with their keys, as the README lists them."""
    rows = ["| key | does | in | command | id |", "|---|---|---|---|---|"]
    for act in (*ACTS, *MOVES):
        keys = " ".join(f"`{key_sign(key)}`" for key in act.keys)
        command = f"`{act.command}`" if act.command else ""
        panels = ", ".join(panel.value for panel in act.panels)
        rows.append(f"| {keys} | {act.title} | {panels} | {command} | `{act.id}` |")
    return "\n".join(rows)


def settings_block() -> str:
    """A config file with each setting, as the README shows it."""
    *plain, keys = (setting for setting in SETTINGS if not setting.is_secret)
    lines = [f"{of.name} = {json.dumps(shown(of))}".ljust(34) + f"  # {of.about}" for of in plain]
    lines += ["", f"[{keys.name}]".ljust(34) + f"  # {keys.about}"]
    assert isinstance(keys.example, dict)
    lines += [f"{name} = {json.dumps(text)}" for name, text in keys.example.items()]
    return "\n".join(["```toml", *lines, "```"])


def shown(setting: Setting) -> object:
    """The README's value of a setting: its default, where that says something."""
    default = getattr(Settings(demo_paths(Path())), setting.field)
    return setting.write(default) if setting.example is None else setting.example


def line_mode() -> str:
    """The commands, as the README shows them."""
    section = README.split("\n## Line mode\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


def test_it_lists_each_setting_with_its_default() -> None:
    assert settings_block() in README


def test_it_names_each_variable_of_the_environment() -> None:
    assert all(f"`{setting.name}`" in README for setting in SETTINGS if setting.is_secret)


def test_it_lists_each_key_and_act() -> None:
    assert keys_table() in README


def test_it_shows_each_command() -> None:
    shown = set(re.findall(r"ollama-tui ([a-z]+)", line_mode()))

    assert shown == commands()


def test_its_test_command_is_the_one_that_the_check_runs() -> None:
    assert re.search(r"<!-- tests -->\n```sh\n[^\n]+pytest -n 4 --dist loadfile\n```", README)
