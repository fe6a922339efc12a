"""Make the pictures anew: `python -m screenshots`."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).parent


async def _picture(name: str) -> None:
    from screenshots.states import STATES, build_app, reach

    state = next(state for state in STATES if state.name == name)
    with tempfile.TemporaryDirectory() as folder:
        app, emulator = build_app(Path(folder))
        async with app.run_test(size=state.size) as pilot:
            await reach(state, pilot, emulator)
            svg = app.export_screenshot(title="ollama-tui", simplify=True)
    # No font from the network: a reader's own will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


def main() -> None:
    """Write one SVG a state beside this file."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    from screenshots.states import STATES

    for state in STATES:
        asyncio.run(_picture(state.name))
        print(f"{state.name}.svg")


if __name__ == "__main__":
    main()
