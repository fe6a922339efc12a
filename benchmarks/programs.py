"""The programs: how each is started, in folders of its own."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.emulator import Emulated


@dataclass(frozen=True, slots=True)
class Program:
    """A command, and the home folder it runs in."""

    command: tuple[str, ...]
    home: Path
    more: Mapping[str, str] = field(default_factory=dict)
    """What its environment has besides."""

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the user's own settings but the PATH."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "TEXTUAL_THEME": "ansi-dark",
            **self.more,
        }

    def forget(self) -> None:
        """Empty its cache folder."""
        shutil.rmtree(self.home / "cache", ignore_errors=True)


def ours(server: Emulated, home: Path) -> Program:
    """This program, on that server."""
    return Program((sys.executable, "-m", "ollama_tui", "--host", server.url), _made(home))


def our_api(url: str, home: Path) -> Program:
    """This program's API on the server at that address; it asks no registry."""
    _configure(home, "preflight = false")
    command = (sys.executable, "-m", "ollama_tui", "--host", url)
    return Program((*command, "serve", "--port", "0", "--json"), home)


def downloading(url: str, home: Path, at_once: int, *, preflight: bool) -> Program:
    """This program on the server at that address, with so many downloads side by side."""
    looks_ahead = str(preflight).lower()
    _configure(home, f"parallel_downloads = {at_once}", f"preflight = {looks_ahead}")
    return Program((sys.executable, "-m", "ollama_tui", "--host", url), home)


def bare_from_file(server: Emulated, home: Path) -> Program:
    """The bare table, whose rows are in a file."""
    rows = _made(home) / "rows.json"
    rows.write_text(json.dumps(server.rows), encoding="utf-8")
    return Program((sys.executable, "-m", "benchmarks.bare", str(rows)), home)


def bare_from_server(server: Emulated, home: Path) -> Program:
    """The bare table, which asks that server for its rows."""
    return Program((sys.executable, "-m", "benchmarks.bare", server.url), _made(home))


def _configure(home: Path, *lines: str) -> None:
    config = _made(home / "config" / "ollama-tui") / "config.toml"
    config.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _made(home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    return home
