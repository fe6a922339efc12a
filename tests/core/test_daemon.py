"""Calls that may hang keep nobody."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from ollama_tui.core.daemon import in_daemon

_HANGS = """
import asyncio, threading
from ollama_tui.core.daemon import in_daemon

async def main():
    in_daemon(threading.Event().wait)

asyncio.run(main())
"""


async def test_what_a_call_gives_is_told() -> None:
    assert await in_daemon(lambda: 7) == 7


async def test_what_it_raises_is_raised_where_it_is_waited_for() -> None:
    def fail() -> None:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        await in_daemon(fail)


async def test_it_need_not_be_waited_for() -> None:
    goes_on, is_done = threading.Event(), threading.Event()

    def call() -> None:
        goes_on.wait(10)
        is_done.set()

    in_daemon(call).cancel()
    goes_on.set()

    assert is_done.wait(10)


def test_one_that_hangs_does_not_keep_the_program() -> None:
    subprocess.run([sys.executable, "-c", _HANGS], check=True, timeout=30)
