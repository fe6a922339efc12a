"""Leased downloads that break off: who leases one decides for himself."""

from __future__ import annotations

import asyncio

import pytest

from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.pull_rules import PullRules
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.registry import PullFault, PullFaultKind
from tests.core.leasing import OpenLease, last, until
from tests.core.test_downloads import bodies, ended
from tests.core.test_healing import BIG, BUSY, DYING


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PullRules, "pause", lambda self, fruitless, **_: 0.0)


class TestOneThatIsOnlyLeased:
    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (BUSY, "asks to wait"),
            (PullFault(PullFaultKind.TRUNCATE, 0.1), "ended before the model was whole"),
            (PullFault(PullFaultKind.ABORT, 0.1), "onnection"),
        ],
    )
    async def test_its_holder_is_told_what_broke_it_off(
        self, emulator: Emulator, lease: OpenLease, fault: PullFault, words: str
    ) -> None:
        emulator.registry.faults[BIG] = fault

        pull = await last(lease(BIG))

        assert (pull.state, pull.attempt) == (PullState.FAILED, 1)
        assert words in pull.failure

    async def test_it_gives_up_a_dying_download_after_six_times(
        self, emulator: Emulator, lease: OpenLease
    ) -> None:
        emulator.faults["/api/pull"] = DYING

        pull = await last(lease("tiny"))

        assert pull.state is PullState.FAILED
        assert pull.attempt == len(bodies(emulator)) == 6
        assert "Pull again in a moment" in pull.failure

    async def test_one_that_is_kept_too_heals_for_its_holders(
        self, downloads: LocalDownloads, emulator: Emulator, lease: OpenLease
    ) -> None:
        emulator.registry.faults[BIG] = BUSY
        await downloads.start(BIG)
        pulls = lease(BIG)

        broken = await until(pulls, lambda pull: pull.attempt > 3)
        emulator.registry.faults.clear()
        done, _ = await asyncio.gather(last(pulls), ended(downloads, BIG))

        assert broken.note == "the registry asks to wait"
        assert done.state is PullState.DONE
