"""Shuts the developer's own environment out of all tests."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from tests.compiling import compile_all

# Where a shell runs the tests in the background, or `nohup`, no program of theirs would hear these.
for _number, _usual in (
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

# What is found by chance on one machine is to be found on each; to look further,
# `pytest --hypothesis-profile=default`.
settings.register_profile("seeded", derandomize=True, deadline=None)
settings.load_profile("seeded")


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    # This is before xdist starts its workers.
    if session.config.getoption("numprocesses", None):
        compile_all(session.config)


# To look through what is only imported again and again takes a fifth of the suite's time.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(30_000, 10, 10)
    gc.enable()


_folders = count()
_SHUT_OUT = ("TEXTUAL_", "OLLAMA_", "XDG_")
_SHUT_OUT_NAMES = {"NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES", "ESCDELAY"}
_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}


def _foreign() -> list[str]:
    return [
        name
        for name in os.environ
        if (name.startswith(_SHUT_OUT) or name in _SHUT_OUT_NAMES or name.upper() in _PROXIES)
        # The plugin for snapshots talks to itself through this one.
        and name != "TEXTUAL_SNAPSHOT_TEMPDIR"
    ]


# Textual reads some of them when it is imported, which is before any fixture.
for _name in _foreign():
    del os.environ[_name]
# Each of hundreds of programs would compile a hundred modules anew: half of its start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# None of them has what it writes written at once, as some containers tell Python to.
os.environ.pop("PYTHONUNBUFFERED", None)
sys.dont_write_bytecode = False
os.environ["TZ"] = "UTC"
time.tzset()


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own; pytest looks through those of all tests before for a name."""
    folder = tmp_path_factory.getbasetemp() / f"test-{next(_folders)}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def _no_environment_of_the_developer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _foreign():
        monkeypatch.delenv(name)
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LANG", "C.UTF-8")
