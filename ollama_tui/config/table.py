"""The table of settings: the one source of the loader, of `config` and of the README's list."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ollama_tui.config import kinds
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.hosts import without_secrets
from ollama_tui.core.keep_alive import keep_alive_text

Environment = Mapping[str, str]


def plain(value: object) -> object:
    """A value as TOML and JSON have it."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def program_alone(words: tuple[str, ...]) -> object:
    """A command without its arguments, among which a secret may be."""
    return [words[0], "…"] if words[1:] else list(words)


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that can be set: what it is called, where, and how a value of it is read."""

    name: str
    """In the config file; of what only the environment sets, its variable."""
    field: str
    """In `Settings`, where its default is."""
    about: str
    """What it is, in the words of the README."""
    read: kinds.Read
    option: str = ""
    """Of the command line; empty if there is none."""
    variables: str = ""
    """Those of the environment that can set it; empty if none can."""
    from_environment: Callable[[Environment], object] = lambda _: None
    """What the environment says, not read yet; None if nothing."""
    write: Callable[[Any], object] = plain
    """A value as it is shown."""
    example: object = None
    """What the README shows; None: the default."""
    is_secret: bool = False
    """Whether it is never shown; a secret stands in no file either."""


def _of_variable(name: str) -> Callable[[Environment], object]:
    return lambda environment: environment.get(name, "").strip() or None


def _secret(name: str) -> Callable[[Environment], object]:
    def read(environment: Environment) -> object:
        secret = environment.get(name, "").strip()
        if not secret.isascii() or not secret.isprintable():
            raise InvalidInput(f"{name} has a character that no key can have", "Set it again.")
        return secret or None

    return read


def _lacks_unicode(environment: Environment) -> object:
    return None if _speaks_unicode(environment) else True


def _speaks_unicode(environment: Environment) -> bool:
    if environment.get("TERM") == "linux":
        return False
    locale = next(
        (value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name))), ""
    )
    if locale == "C.UTF-8" and environment.get("LANG") in ("C", "POSIX"):
        # Python's own doing, where the user asked for C (PEP 538).
        return False
    if os.name == "nt":
        return True
    return "utf-8" in locale.lower() or "utf8" in locale.lower()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "host",
        "url",
        "the address of the server",
        kinds.host,
        "--host",
        "OLLAMA_HOST",
        _of_variable("OLLAMA_HOST"),
        without_secrets,
        "gpu-box:11434",
    ),
    Setting(
        "readonly", "read_only", "send nothing that changes the server", kinds.flag, "--readonly"
    ),
    Setting("mouse", "mouse", "take the mouse from the terminal", kinds.flag),
    Setting(
        "notify", "notify", "ring, and show a notice (OSC 9), when a download ends", kinds.flag
    ),
    Setting(
        "on_download_end",
        "on_download_end",
        "the program to run when a download ends",
        kinds.command,
        write=program_alone,
        example=["/home/me/bin/tell-me", "gpu-box"],
    ),
    Setting(
        "ascii",
        "ascii",
        "draw with ASCII signs only",
        kinds.flag,
        "--ascii",
        "LC_ALL, LC_CTYPE, LANG or TERM",
        _lacks_unicode,
    ),
    Setting(
        "theme",
        "theme",
        "the colours: ansi-dark, ansi-light or a theme of Textual's",
        kinds.theme,
        example="ansi-dark",
    ),
    Setting(
        "poll_seconds",
        "poll_seconds",
        "seconds between two looks at what is loaded",
        kinds.number(1, 60),
    ),
    Setting(
        "keep_alive_choices",
        "keep_alive_choices",
        "how long `t` can keep a model",
        kinds.times,
        write=lambda times: list(map(keep_alive_text, times)),
    ),
    Setting(
        "max_loaded_models",
        "max_loaded_models",
        "the server's OLLAMA_MAX_LOADED_MODELS; 0: not known",
        kinds.number(0, 1000),
    ),
    Setting(
        "undo_seconds",
        "undo_seconds",
        "seconds in which `z` takes a delete back; 0: not at all",
        kinds.number(0, 3600),
    ),
    Setting(
        "renew_pins",
        "renew_pins",
        "renew a pin by itself when somebody else ended it",
        kinds.flag,
    ),
    Setting(
        "current_alias",
        "current_alias",
        "a copy on the server that follows the current model",
        kinds.new_name,
        example="current:latest",
    ),
    Setting(
        "parallel_downloads",
        "parallel_downloads",
        "how many downloads run at once; the others wait",
        kinds.number(1, 64),
    ),
    Setting(
        "stall_seconds",
        "stall_seconds",
        "seconds without growth until a download is asked for again",
        kinds.number(5, 3600),
    ),
    Setting(
        "insecure_registries",
        "insecure_registries",
        "registries that are spoken to over plain HTTP",
        kinds.hosts,
        write=lambda hosts: list(map(without_secrets, hosts)),
        example=["registry.lan:5000"],
    ),
    Setting(
        "preflight",
        "preflight",
        "ask a model's registry how large it is before it is pulled",
        kinds.flag,
        "--no-preflight",
    ),
    Setting(
        "keys",
        "keys",
        "the keys of an act, by its id",
        kinds.table,
        example={"model.use": "enter,f2"},
    ),
    Setting(
        "OLLAMA_API_KEY",
        "key",
        "a token that is sent to the server, or to a proxy in front of it",
        kinds.text,
        variables="OLLAMA_API_KEY",
        from_environment=_secret("OLLAMA_API_KEY"),
        is_secret=True,
    ),
    Setting(
        "OLLAMA_TUI_TOKEN",
        "token",
        "a token that clients of `serve` must send",
        kinds.text,
        variables="OLLAMA_TUI_TOKEN",
        from_environment=_secret("OLLAMA_TUI_TOKEN"),
        is_secret=True,
    ),
)
