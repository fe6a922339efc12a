"""What became of downloads, told in a dialog."""

from __future__ import annotations

import time

import pytest

from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.demo.emulator import Emulator
from ollama_tui.tui.lines import plain, width
from ollama_tui.tui.screens.history import ended_lines
from tests.tui.dashboard import Opener
from tests.tui.test_pulling import FULL, LONG, SHORT, begin, begin_behind

TITLE = "─ What became of downloads ─"
NOW = 1_790_000_000.0
WHY = "the server's disk is full; free some space there, then pull it again"


def ended(
    name: str = "qwen3:32b", outcome: Outcome = Outcome.FINISHED, failure: str = ""
) -> EndedPull:
    """A download that took four minutes, and ended an hour ago."""
    return EndedPull(name, outcome, NOW - 3600, 20 * 10**9, 12 * 10**9, 240.0, failure)


class TestTheDialog:
    async def test_h_without_downloads_says_so(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("H")

            await tui.shows(TITLE, "No download has ended yet.")

    async def test_it_tells_how_each_ended_the_newest_first(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.registry.faults["qwen3:0.6b"] = FULL
        async with open_dashboard(emulator) as tui:
            tui.app.clock = time.time
            await begin(tui, SHORT)
            await tui.shows(f"Pulled {SHORT}")
            await begin_behind(tui, LONG)
            await tui.until(lambda: tui.app.pulls[0].completed)
            await tui.press("4", "x", "y")
            await tui.shows(f"Cancelled {LONG}")
            await begin_behind(tui, "qwen3:0.6b")
            await tui.shows("disk is full")

            await tui.press("H")

            await tui.shows(TITLE)
            top = next(index for index, line in enumerate(tui.lines) if TITLE in line)
            cells = [cell for line in tui.lines[top + 2 :] for cell in line.split("│")]
            rows = [cell.split() for cell in cells if "just now" in cell]
            assert [row[:2] for row in rows] == [
                ["qwen3:0.6b", "failed"], [LONG, "cancelled"], [SHORT, "finished"],
            ]  # fmt: skip
            assert all(row[-1] in ("B", "kB", "MB", "GB", "MB/s", "GB/s") for row in rows)
            assert "disk is full" in tui.lines[top + 3]

    @pytest.mark.parametrize("key", ["escape", "q", "H", "enter", "ctrl+c"])
    async def test_it_closes(self, open_dashboard: Opener, emulator: Emulator, key: str) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("H")
            await tui.shows(TITLE)

            await tui.press(key)

            await tui.hides(TITLE)
            assert not tui.app._exit

    @pytest.mark.parametrize("size", [(80, 24), (40, 12)])
    async def test_a_long_history_can_be_paged_on_a_small_screen(
        self, open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
    ) -> None:
        async with open_dashboard(emulator, size=size) as tui:
            history = tuple(ended(f"model-{number}:7b") for number in range(50))
            assert isinstance(tui.app.downloads, LocalDownloads)
            tui.app.downloads._ledger.history = history
            await tui.press("H")
            await tui.shows("model-0:7b", "finished", "esc close")
            assert "model-49:7b" not in tui.text

            await tui.press("G")

            await tui.shows("model-49:7b")
            await tui.press("g")
            await tui.shows("model-0:7b")


class TestALine:
    def test_it_tells_how_when_how_much_and_how_fast(self) -> None:
        (line,) = ended_lines(ended(), NOW, 80)

        words = "qwen3:32b finished an hour ago 12.0 GB 50 MB/s"
        assert plain(line).split() == words.split()

    def test_a_failure_is_followed_by_why_in_whole_words(self) -> None:
        lines = ended_lines(ended(outcome=Outcome.FAILED, failure=WHY), NOW, 50)

        assert plain(lines[0]).split()[:2] == ["qwen3:32b", "failed"]
        assert " ".join(" ".join(map(plain, lines[1:])).split()) == WHY
        assert len(lines) > 2

    @pytest.mark.parametrize("cells", [82, 68, 60, 32, 28, 20])
    @pytest.mark.parametrize(
        "name",
        [
            "qwen3:32b",
            "registry.example.org/acme/a-model-with-a-very-long-name:70b-instruct-q4_K_M",
            "模型模型模型模型模型模型模型模型:7b",
        ],
    )
    def test_it_never_is_wider_than_there_is_room(self, name: str, cells: int) -> None:
        lines = ended_lines(ended(name, Outcome.CANCELLED, WHY), NOW, cells)

        assert max(map(width, lines)) <= cells
        assert "cancelled" in plain(lines[0])

    def test_a_narrow_one_keeps_name_and_outcome(self) -> None:
        (line,) = ended_lines(ended(), NOW, 28)

        assert plain(line).split() == ["qwen3:32b", "finished"]
