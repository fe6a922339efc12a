"""The holder's process: `start.py` starts it and hands it the lock and the socket."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Let go of whoever started it, then serve until the last download has ended."""
    # Before anything is imported, since the starter waits for this.
    if os.fork():
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o077)
    os.chdir("/")
    # httpx has a command line of its own, whose parts take 4 MB and 30 ms.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
    from ollama_tui.holder.run import run

    run(*sys.argv[1:])


if __name__ == "__main__":
    main()
