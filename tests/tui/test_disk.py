"""What fills the disk, and what is free of it, in the dashboard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from ollama_tui.cli.demo_disk import DemoDisk
from ollama_tui.core.disk_parts import Part
from ollama_tui.core.disk_usage import Seen
from ollama_tui.core.model_disk import Look, ModelDisk
from ollama_tui.core.model_folder import Told
from ollama_tui.core.model_store import Count
from ollama_tui.core.shortage import Disk
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.manifests import composed
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.store import InstalledModel
from ollama_tui.tui.lines import plain, width
from ollama_tui.tui.screens.disk_usage import PartLines
from ollama_tui.tui.widgets.header import Header
from tests.tui.dashboard import Opener
from tests.tui.test_pulling import LONG, begin_behind

TITLE = "What fills the disk"
GB = 10**9


@dataclass
class SetDisk:
    """A disk of which a test says what is free."""

    free: int | None = 412 * GB
    total: int = 2000 * GB
    hangs: threading.Event = field(default_factory=threading.Event)

    def seen(self, told: Told, count: Count) -> Seen:
        count.files = 1234
        self.hangs.wait(10)
        return Seen()

    def disk(self, told: Told) -> Disk | None:
        return None if self.free is None else Disk(self.free, self.total)


@pytest.fixture
def open_with(open_dashboard: Opener) -> Callable[[Look], Opener]:
    """Open dashboards on that disk."""
    return lambda look: replace(open_dashboard, disk=ModelDisk(look))


async def test_models_have_the_size_in_their_heading_that_the_view_tells(
    open_with: Callable[[Look], Opener], emulator: Emulator
) -> None:
    found = emulator.store.find(parse_name("smollm2:135m"))
    assert found is not None
    edited = composed(found.manifest.weights, replace(found.manifest.config, system="Be brief."))
    models = (found, InstalledModel(parse_name("edited"), edited, found.modified_at))

    async with open_with(DemoDisk(few := Emulator(models)))(few, size=(120, 40)) as tui:
        await tui.shows("Models  2 · 271 MB")
        await tui.press("D")

        await tui.shows(TITLE, "2 models", "271 MB")


class TestTheView:
    async def test_it_shows_models_and_what_is_left_over(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        async with open_with(DemoDisk(emulator))(emulator, size=(120, 60)) as tui:
            await tui.press("D")

            await tui.shows(TITLE, "llama3.1:405b", "24 models", "unknown model", "1 file")
            assert "free of 1200 GB" in tui.text
            assert "9.0 GB      0 B" in tui.line_with("│ qwen2.5:14b")

    async def test_the_largest_comes_first(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        async with open_with(DemoDisk(emulator))(emulator, size=(120, 60)) as tui:
            await tui.press("D")
            await tui.shows("24 models")

            first = tui.lines.index(tui.line_with("MODELS"))
            names = [line.split("│")[1].split()[0] for line in tui.lines[first + 1 : first + 4]]
            assert names == ["llama3.1:405b", "qwen3:235b-a22b", "mixtral:8x22b"]

    async def test_parts_of_a_download_of_ones_own_are_told_by_its_model(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        async with open_with(DemoDisk(emulator))(emulator, size=(120, 60)) as tui:
            await begin_behind(tui, LONG)
            await tui.until(lambda: tui.app.pulls[0].completed)

            await tui.press("D")

            await tui.shows("3 layers")
            assert tui.line_with(f"│ {LONG}")

    @pytest.mark.parametrize("key", ["escape", "q", "D", "enter", "ctrl+c"])
    async def test_it_closes(
        self, open_with: Callable[[Look], Opener], emulator: Emulator, key: str
    ) -> None:
        async with open_with(DemoDisk(emulator))(emulator) as tui:
            await tui.press("D")
            await tui.shows(TITLE)

            await tui.press(key)

            await tui.hides(TITLE)
            assert not tui.app._exit

    async def test_it_opens_before_anything_is_read_and_counts_meanwhile(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        disk = SetDisk()
        async with open_with(disk)(emulator) as tui:
            await tui.press("D")
            await tui.shows(TITLE, "Reading… 1,234 files")

            disk.hangs.set()

            await tui.shows("these are the sizes")

    async def test_it_can_be_left_while_the_disk_hangs(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        disk = SetDisk()
        async with open_with(disk)(emulator) as tui:
            await tui.press("D")
            await tui.shows(TITLE)

            await tui.press("escape")

            await tui.hides(TITLE)
            disk.hangs.set()

    async def test_it_reads_again(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        async with open_with(DemoDisk(emulator))(emulator, size=(120, 60)) as tui:
            await tui.press("D")
            await tui.shows("2 layers")
            emulator.store.partials.clear()

            await tui.press("r")

            await tui.hides("2 layers")
            await tui.shows("1 file")

    async def test_a_server_elsewhere_is_said_to_be(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(120, 60)) as tui:
            await tui.press("D")

            await tui.shows("The server is on another machine", "llama3.1:405b")
            assert tui.line_with("llama3.1:405b").split("│")[1].split()[3] == "—"

    @pytest.mark.parametrize("size", [(1, 1), (20, 6), (40, 12), (80, 24), (300, 80)])
    async def test_it_fits_any_screen(
        self,
        open_with: Callable[[Look], Opener],
        emulator: Emulator,
        size: tuple[int, int],
    ) -> None:
        async with open_with(DemoDisk(emulator))(emulator, size=size) as tui:
            await tui.press("D")
            await tui.until(lambda: len(tui.app.screen_stack) == 2)
            await tui.press("G", "g", "escape")
            await tui.until(lambda: len(tui.app.screen_stack) == 1)


class TestTheLines:
    PART = Part(
        ("MODELS", "SIZE", "OWN"),
        (("hf.co/acme/a-model-with-a-very-long-name:Q4_K_M", "17.4 GB", "0 B"),),
        (1, 2),
        ("1 model", "17.4 GB", "0 B"),
        ("A remark of several words.",),
    )

    @pytest.mark.parametrize("cells", [100, 50, 30, 20, 12, 5, 1])
    def test_none_is_wider_than_there_is_room(self, cells: int) -> None:
        assert max(map(width, PartLines((self.PART, self.PART), cells))) <= cells

    def test_a_long_name_keeps_its_tag_and_the_columns_their_place(self) -> None:
        heading, row, total, *_ = map(plain, PartLines((self.PART,), 40))

        assert "…:Q4_K_M  17.4 GB  0 B" in row
        assert len(heading) == len(row) == len(total)


class TestTheHeader:
    async def test_it_tells_what_is_free(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        async with open_with(SetDisk())(emulator) as tui:
            await tui.shows("3 loaded  ·  disk 412 GB free")

    async def test_it_does_in_few_words_where_room_is_short(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        async with open_with(SetDisk())(emulator, size=(80, 24)) as tui:
            await tui.shows("3 loaded  412 GB free")

    async def test_nothing_stands_there_while_nobody_knows(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        disk = SetDisk()
        async with open_with(disk)(emulator) as tui:
            await tui.shows("412 GB free")

            disk.free = None

            await tui.hides("GB free")

    async def test_one_that_is_nearly_full_has_the_colour_of_what_costs(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        async with open_with(SetDisk(free=4 * GB))(emulator) as tui:
            await tui.shows("disk 4.0 GB free")

            header = tui.app.screen.query_one(Header)
            (line,) = header.picture(120, 1)
            assert ("4.0", "costs") in line

    async def test_what_rounds_to_the_same_changes_nothing(
        self, open_with: Callable[[Look], Opener], emulator: Emulator
    ) -> None:
        disk = SetDisk()
        async with open_with(disk)(emulator) as tui:
            await tui.shows("412 GB free")
            before = tui.app.model_disk

            disk.free = 412 * GB - 400_000_000
            await tui.polled_again()

            assert tui.app.model_disk is before
