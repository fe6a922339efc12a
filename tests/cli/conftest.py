from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ollama_tui.cli import main
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import ModelConfig, manifest
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.store import installed
from ollama_tui.holder import start
from tests.emulators import Serve, emulators_served
from tests.holder import forked
from tests.holders import end_holders


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("OLLAMA_", "XDG_", "LC_")) or name in ("NO_COLOR", "COLUMNS", "LANG"):
            monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    # No test asks a registry on the network.
    config = tmp_path / "config" / "ollama-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("preflight = false\n")


@pytest.fixture(autouse=True)
def _holders_come_and_go(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(start, "_is_run", forked.is_run)
    yield
    if any(state_folder.glob("holder-*.lock")):
        # To look for one at all processes takes longer than a test.
        end_holders(state_folder)


@pytest.fixture(autouse=True)
def _no_log_left_on() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def state_folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ollama-tui"


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "ollama-tui" / "config.toml"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_command(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = main(list(arguments))
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return run_command


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve emulators on loopback sockets until the test ends."""
    with emulators_served() as serve:
        yield serve


@pytest.fixture
def emulator() -> Emulator:
    """A server with three models and two more to pull."""
    cloud = ModelConfig(remote_host="https://ollama.com:443", remote_model="big:480b")
    return Emulator(
        [
            installed("qwen3:8b", 5_200_000_000),
            installed("gemma3:latest", 3_300_000_000),
            installed("big:480b-cloud", 0, config=cloud),
        ],
        Registry({"tiny": manifest("tiny", 9_000_000), "huge": manifest("huge", 10**12)}),
    )


@pytest.fixture
def server(serve: Serve, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """The emulator, served at the address in OLLAMA_HOST."""
    monkeypatch.setenv("OLLAMA_HOST", serve(emulator))
    return emulator


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    # Port 1 is reserved; nothing listens there.
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
