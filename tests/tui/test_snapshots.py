"""The main states look as they did when somebody last looked at them.

After a change that is meant: `pytest tests/tui/test_snapshots.py --snapshot-update`, then look.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screenshots.states import STATES, State, build_app, reach

pytestmark = pytest.mark.usefixtures("painted")


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_it_looks_as_before(
    state: State, snap_compare: Callable[..., bool], tmp_path: Path
) -> None:
    app, emulator = build_app(tmp_path)

    async def steps(pilot: Pilot[None]) -> None:
        await reach(state, pilot, emulator)

    assert snap_compare(app, terminal_size=state.size, run_before=steps)
