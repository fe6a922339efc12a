"""Settings: the command line beats the environment beats the config file beats the defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import platformdirs

from ollama_tui.config_file import ConfigFile
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.hosts import DEFAULT_URL, machine_name, parse_host, server_key, without_secrets

THEMES = ("ansi-dark", "ansi-light")
"""The themes of 16 colours; any other theme of Textual's may be named too."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the program's own files are."""

    config: Path
    """`config.toml`, which only the user writes."""
    state: Path
    """The folder of what must last: the current model, the sort order, the log."""
    cache: Path
    """The folder of what can be lost: the last known libraries."""

    @property
    def current(self) -> Path:
        """The current model of each server."""
        return self.state / "current.json"

    @property
    def pins(self) -> Path:
        """The models that are to stay loaded."""
        return self.state / "pins.json"

    @property
    def preferences(self) -> Path:
        """Sort order and theme."""
        return self.state / "preferences.json"

    @property
    def load_times(self) -> Path:
        """How long models took to load."""
        return self.cache / "load-times.json"

    @property
    def log(self) -> Path:
        """What `--log-level` writes while the dashboard is on the terminal."""
        return self.state / "ollama-tui.log"

    @property
    def drafts(self) -> Path:
        """The texts that are edited, and those that were given up."""
        return self.state / "drafts"

    @property
    def crash(self) -> Path:
        """What the last crash wrote."""
        return self.state / "crash.log"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, once read."""

    paths: Paths
    url: str = DEFAULT_URL
    """The server's base URL; it may hold a user name and password."""
    named_host: str = ""
    """What --host said, without secrets; empty if it was not given."""
    machine: str = "localhost"
    """This machine's name."""
    key: str = field(default="", repr=False)
    """OLLAMA_API_KEY: sent as a bearer token; empty for none."""
    token: str = field(default="", repr=False)
    """OLLAMA_TUI_TOKEN: what clients of `serve` must send as a bearer token; empty for none."""
    demo: bool = False
    read_only: bool = False
    mouse: bool = False
    """Whether the mouse is taken; off, the terminal's own selection works."""
    ascii: bool = False
    """Whether only ASCII is drawn."""
    notify: bool = True
    """Whether the terminal's bell rings when a download ends, and a notice is shown if it can."""
    on_download_end: tuple[str, ...] = ()
    """The program, and its arguments, that is run when a download ends; empty for none."""
    theme: str = ""
    """Empty: the remembered one, else `ansi-dark`."""
    insecure_registries: tuple[str, ...] = ()
    """Hosts that are spoken to over plain HTTP."""
    parallel_downloads: int = 2
    """How many downloads run side by side; the others wait."""
    stall_seconds: int = 22
    """Without growth, after which a download is asked for again."""
    undo_seconds: int = 30
    """How long a delete can be taken back; 0: not at all."""
    renew_pins: bool = False
    """Whether a pin that somebody else ended is renewed unasked, where that pushes nothing out."""
    preflight: bool = True
    """Whether a model's registry is asked how large the whole model is."""
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Act id to keys: `{"model.use": "enter,space"}`."""

    def command(self, words: str) -> str:
        """What to type for a command of this program on the same server.

        Args:
            words: the command with its arguments.
        """
        host = f" --host {self.named_host}" if self.named_host else ""
        return f"ollama-tui{host} {words}"

    @property
    def server_key(self) -> str:
        """What the program's files call this server."""
        return server_key(self.url, self.machine)


def default_paths() -> Paths:
    """The platform's own folders; on Linux those of the XDG base directories."""
    dirs = platformdirs.PlatformDirs("ollama-tui", appauthor=False)
    return Paths(dirs.user_config_path / "config.toml", dirs.user_state_path, dirs.user_cache_path)


def demo_paths(folder: Path) -> Paths:
    """Paths in a folder that goes when the demo ends."""
    return Paths(folder / "config.toml", folder / "state", folder / "cache")


def load_settings(
    environment: Mapping[str, str],
    paths: Paths,
    *,
    host: str | None = None,
    demo: bool = False,
    read_only: bool = False,
    ascii_only: bool = False,
    preflight: bool = True,
) -> Settings:
    """Read the config file and the environment, and let the given options beat them.

    Raises:
        InvalidInput: when a value cannot be what it should be; the text names its place.
    """
    found = ConfigFile(paths.config)
    keys = found.table("keys")
    settings = Settings(
        paths=paths,
        url=_url(host, environment.get("OLLAMA_HOST"), found),
        named_host=without_secrets(host or "").strip(),
        machine="demo" if demo else machine_name(),
        key="" if demo else _secret(environment, "OLLAMA_API_KEY"),
        token=_secret(environment, "OLLAMA_TUI_TOKEN"),
        demo=demo,
        read_only=found.flag("readonly") or read_only,
        mouse=found.flag("mouse"),
        ascii=found.flag("ascii") or ascii_only or not _speaks_unicode(environment),
        notify=found.flag("notify", True),
        on_download_end=found.command("on_download_end"),
        theme=found.text("theme"),
        insecure_registries=tuple(map(_registry, found.texts("insecure_registries"))),
        parallel_downloads=found.number("parallel_downloads", 2, 1, 64),
        stall_seconds=found.number("stall_seconds", 22, 5, 3600),
        undo_seconds=found.number("undo_seconds", 30, 0, 3600),
        renew_pins=found.flag("renew_pins"),
        preflight=found.flag("preflight", True) and preflight,
        keys=MappingProxyType(keys),
    )
    found.refuse_the_rest()
    return settings


def _url(host: str | None, environment: str | None, found: ConfigFile) -> str:
    in_file = found.host()
    for text, place in ((host, "--host"), (environment, "OLLAMA_HOST")):
        if text is not None and text.strip():
            try:
                return parse_host(text)
            except InvalidInput as error:
                raise InvalidInput(f"{place}: {error.what}", error.remedy) from error
    return in_file or DEFAULT_URL


def _secret(environment: Mapping[str, str], name: str) -> str:
    secret = environment.get(name, "").strip()
    if not secret.isascii() or not secret.isprintable():
        raise InvalidInput(f"{name} has a character that no key can have", "Set it again.")
    return secret


def _registry(text: str) -> str:
    # People write an address; a model's name has the host alone.
    return text.strip().removeprefix("http://").rstrip("/")


def _speaks_unicode(environment: Mapping[str, str]) -> bool:
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
