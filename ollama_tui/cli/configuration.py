"""`config`: what is set, and where; nothing is asked of any server."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ollama_tui.cli.chosen import settings_of
from ollama_tui.cli.exit_codes import ExitCode, exit_code_of
from ollama_tui.cli.output import print_json, print_text, say_failure, table
from ollama_tui.config import THEMES, Origin, Settings, default_paths
from ollama_tui.config.file import ConfigFile
from ollama_tui.config.table import SETTINGS, Setting
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.preferences import load_preferences
from ollama_tui.core.text import clean


@dataclass(frozen=True, slots=True)
class _InForce:
    """A setting's value, and where it comes from."""

    setting: Setting
    value: object
    """As JSON has it; of a secret, whether there is one."""
    origin: str
    place: str = ""
    """The line, the variables or the option; empty where there is none."""


def print_configuration(options: argparse.Namespace, environment: Mapping[str, str]) -> ExitCode:
    """Print the config file's path, and of each setting what is in force and why.

    Where the file or a variable is wrong, nothing is in force: what is wrong is told instead.
    """
    try:
        with settings_of(options, environment) as (settings, _):
            file = ConfigFile(settings.paths.config)
            in_force = tuple(_in_force(settings, file))
    except InvalidInput as error:
        _print(options, default_paths().config, (), str(error))
        say_failure(str(error))
        return exit_code_of(type(error))
    _print(options, None if options.demo else file.path, in_force, None)
    return ExitCode.DONE


def _in_force(settings: Settings, file: ConfigFile) -> Iterator[_InForce]:
    for setting in SETTINGS:
        origin = settings.origins.get(setting.name, Origin.DEFAULT)
        value = setting.write(getattr(settings, setting.field))
        if setting.field == "theme" and not value:
            yield _theme(settings, setting)
        elif setting.is_secret:
            yield _InForce(setting, bool(value), origin.value, setting.variables if value else "")
        else:
            yield _InForce(setting, value, origin.value, _place(setting, origin, file))


def _theme(settings: Settings, setting: Setting) -> _InForce:
    if remembered := load_preferences(settings.paths.preferences).theme:
        return _InForce(setting, clean(remembered, 40), "remembered")
    return _InForce(setting, THEMES[0], Origin.DEFAULT.value)


def _place(setting: Setting, origin: Origin, file: ConfigFile) -> str:
    if origin is Origin.FILE:
        return f"line {file.line_of(setting.name)}"
    return {Origin.ENVIRONMENT: setting.variables, Origin.OPTION: setting.option}.get(origin, "")


def _print(
    options: argparse.Namespace,
    path: Path | None,
    in_force: Iterable[_InForce],
    failure: str | None,
) -> None:
    """Print all of it.

    Args:
        options: of the command line.
        path: the config file's; None for the demo, which reads none.
        in_force: what there is to tell of the settings.
        failure: what is wrong; None if nothing is.
    """
    # Unlike a path's own exists(), this one does not fail in a folder that is closed to us.
    file = {"path": clean(str(path)), "exists": os.path.exists(path)} if path else None
    if options.json:
        rows = [_row(one) for one in in_force]
        print_json({"file": file, "settings": rows, "failure": failure})
        return
    where = "none: the demo reads none"
    if file:
        where = f"{file['path']}{'' if file['exists'] else ' (not there)'}"
    lines = [(one.setting.name, _words(one), one.place or one.origin) for one in in_force]
    print_text(f"config file: {where}" + ("\n\n" + table(_HEADINGS, lines) if lines else ""))


def _row(one: _InForce) -> dict[str, object]:
    return {
        "name": one.setting.name,
        "about": one.setting.about,
        "value": one.value,
        "origin": one.origin,
        "place": one.place or None,
    }


_HEADINGS = ("SETTING", "VALUE", "FROM")


def _words(one: _InForce) -> str:
    if one.setting.is_secret:
        return "set" if one.value else "not set"
    return clean(json.dumps(one.value, ensure_ascii=False))
