"""Serve the demo on a port: `python -m ollama_tui.demo`."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import suppress

from ollama_tui.demo.library import demo_emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.synthetic import synthetic_emulator


def main() -> None:
    """Serve until interrupted; the address is printed first."""
    parser = argparse.ArgumentParser(prog="python -m ollama_tui.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port; 0 takes a free one")
    parser.add_argument("--models", type=int, help="invent so many models instead of the demo's")
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.port, options.models))


async def _serve(port: int, models: int | None) -> None:
    emulator = demo_emulator() if models is None else synthetic_emulator(models)
    async with listen(emulator, port) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
