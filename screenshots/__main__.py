"""Make the pictures anew: `python -m screenshots`."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from screenshots.states import State

FOLDER = Path(__file__).parent


async def _picture(state: State, *, on_machine: bool) -> None:
    from screenshots.states import build_app, reach

    with tempfile.TemporaryDirectory() as folder:
        app, emulator = build_app(Path(folder), on_machine=on_machine)
        async with app.run_test(size=state.size) as pilot:
            await reach(state, pilot, emulator)
            svg = app.export_screenshot(title="ollama-tui", simplify=True)
    # No font from the network: a reader's own will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (FOLDER / f"{state.name}.svg").write_text(svg, encoding="utf-8")


def main() -> None:
    """Write one SVG a state beside this file."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    from screenshots.states import STATES
    from screenshots.tour import TOUR

    for state in (*STATES, *TOUR):
        asyncio.run(_picture(state, on_machine=state in TOUR))
        print(f"{state.name}.svg")


if __name__ == "__main__":
    main()
