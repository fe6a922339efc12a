"""The panel of the GPUs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from textual import events

from ollama_tui.cli.demo_gpus import DemoSource
from ollama_tui.config import Settings
from ollama_tui.core.acts import Panel
from ollama_tui.core.gpus import Gpu, GpuProcess, Gpus, Reading
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.gpus import DemoGpus
from ollama_tui.tui import polls
from ollama_tui.tui.lines import plain
from ollama_tui.tui.screens.main import MainScreen
from ollama_tui.tui.widgets.canvas import Canvas
from ollama_tui.tui.widgets.gpu_rows import Row, rows_in, wanted
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_pulling import LONG, begin_behind

GIB = 2**30
CARD = Gpu(
    0, "NVIDIA GeForce RTX 4090", "GPU-0", total=24 * GIB, used=22 * GIB, free=2 * GIB,
    utilisation=0.63, temperature=71, power=287.0, power_limit=450.0,
)  # fmt: skip
PYTHON = GpuProcess("GPU-0", 300, 2 * GIB, "bob", "python")
ELSEWHERE = Reading(elsewhere="read on the server's machine only: the port is a tunnel of ssh")


class Cards:
    """GPUs that are as a test wants them."""

    def __init__(self, reading: Reading) -> None:
        self.reading, self.asked = reading, 0
        self.answers = threading.Event()
        self.answers.set()

    def read(self) -> Reading:
        self.asked += 1
        self.answers.wait(20)
        return self.reading


@pytest.fixture
def demo(open_dashboard: Opener, emulator: Emulator) -> Opener:
    """Opens dashboards on the demo's GPUs."""
    return replace(open_dashboard, gpus=DemoSource(DemoGpus(emulator)))


With = Callable[[Reading], tuple[Opener, Cards]]


@pytest.fixture
def with_cards(open_dashboard: Opener) -> With:
    def made(reading: Reading) -> tuple[Opener, Cards]:
        cards = Cards(reading)
        return replace(open_dashboard, gpus=cards), cards

    return made


def panel_lines(tui: Dashboard) -> list[str]:
    """The lines of the panel at the side, without its frame."""
    start = next(y for y, line in enumerate(tui.lines) if "3 GPU" in line)
    lines = [line[75:].strip(" │") for line in tui.lines[start + 1 :]]
    return lines[: next(y for y, line in enumerate(lines) if line.startswith(("╰", "─")))]


def details_lines(tui: Dashboard) -> int:
    """How many lines the details have."""
    screen = tui.app.screen
    assert isinstance(screen, MainScreen)
    return screen.details.size.height


class TestWhatItShows:
    async def test_each_gpu_and_who_holds_its_memory(
        self, demo: Opener, emulator: Emulator
    ) -> None:
        async with demo(emulator) as tui:
            await tui.shows("3 GPU  36.5 of 40.0 GiB", "RTX A4000")

            lines = panel_lines(tui)
            assert lines[0].startswith("0 RTX 4090   ━")
            assert lines[0].endswith("22.8/24.0 GiB")
            assert "/450 W" in lines[1]
            assert [line.split("  ")[0] for line in lines[2:8]] == [
                "gemma3:27b", "nomic-embed-text", "python · bob", "Ollama itself", "free", ""
            ]  # fmt: skip
            assert lines[10].startswith("deepseek-r1:32b")
            assert lines[10].endswith("13.3 GiB")

    async def test_in_80_columns_each_gpu_has_a_line(
        self, demo: Opener, emulator: Emulator
    ) -> None:
        async with demo(emulator, size=(80, 30)) as tui:
            await tui.shows("3 GPU", "RTX A4000")

            line = tui.line_with("RTX 4090")
            assert "22.8/24.0 GiB" in line
            assert "/450 W" in line

    async def test_without_room_for_rows_the_title_tells_of_each(
        self, demo: Opener, emulator: Emulator
    ) -> None:
        async with demo(emulator, size=(80, 22)) as tui:
            await begin_behind(tui, LONG)

            await tui.shows("3 GPU  RTX 4090 22.8/24.0 · RTX A4000 13.7/16.0 GiB")

    async def test_without_a_gpu_nothing_is_there(
        self, open_dashboard: Opener, emulator: Emulator, with_cards: With
    ) -> None:
        async with open_dashboard(emulator) as tui:
            before = details_lines(tui)
        opener, cards = with_cards(Reading())

        async with opener(emulator) as tui:
            await tui.until(lambda: cards.asked > 1)
            assert "3 GPU" not in tui.text
            assert details_lines(tui) == before
            await tui.press("3")
            assert tui.notice.strip() == "No GPU is seen on this machine."

    async def test_what_cannot_be_known_is_a_dash_and_one_line_says_why(
        self, emulator: Emulator, with_cards: With
    ) -> None:
        lost = Reading((CARD, Gpu(1, "RTX A4000", "GPU-1")), why="GPU 1: the card is lost")
        opener, _ = with_cards(lost)

        async with opener(emulator) as tui:
            await tui.shows("GPU 1: the card is lost", "deepseek-r1:32b  reported on a GPU")

            def second() -> list[str]:
                lines = panel_lines(tui)
                at = next(y for y, line in enumerate(lines) if line.startswith("1 RTX A4000"))
                return [word for line in lines[at : at + 2] for word in line.split()]

            await tui.until(
                lambda: second() == [*["1", "RTX", "A4000", "—", "—", "—", "—"], "▁" * 16]
            )

    async def test_a_model_that_is_only_reported_says_so(
        self, emulator: Emulator, with_cards: With
    ) -> None:
        opener, _ = with_cards(Reading((CARD,), (PYTHON,)))

        async with opener(emulator) as tui:
            await tui.shows("gemma3:27b  reported")

    async def test_hostile_names_do_no_harm(self, emulator: Emulator, with_cards: With) -> None:
        evil = replace(PYTHON, command="[red]x[/red]" * 20, user="🦙" * 30)
        opener, _ = with_cards(Reading((replace(CARD, name="[b]" * 40),), (evil,)))

        async with opener(emulator) as tui:
            await tui.shows("[red]x[/red]", "[b][b]")

    async def test_in_ascii_there_is_no_history(self, demo: Opener, emulator: Emulator) -> None:
        async with demo(emulator, ascii=True) as tui:
            await tui.shows("3 GPU", "oC")

            assert "".join(panel_lines_of(tui)).isascii()


def panel_lines_of(tui: Dashboard) -> list[str]:
    """The lines of the panel at the side, frame and all."""
    start = next(y for y, line in enumerate(tui.lines) if "3 GPU" in line)
    return [line[75:] for line in tui.lines[start:-1]]


class TestItsKey:
    async def test_three_goes_there_and_folds_it(self, demo: Opener, emulator: Emulator) -> None:
        async with demo(emulator) as tui:
            await tui.shows("gemma3:27b", "Ollama itself")
            await tui.press("3")
            assert tui.app.panel is Panel.GPUS

            await tui.press("3")
            await tui.hides("Ollama itself")
            assert "3 GPU" in tui.text

            await tui.press("3")
            await tui.shows("Ollama itself")

    async def test_its_rows_are_moved_through(self, demo: Opener, emulator: Emulator) -> None:
        async with demo(emulator) as tui:
            await tui.shows("Ollama itself")
            await tui.press("3", "j")

            screen = tui.app.screen
            assert isinstance(screen, MainScreen)
            assert "gemma3:27b" in (screen.gpus.selected or "")

    async def test_a_server_elsewhere_is_one_line_that_a_key_takes_away(
        self, emulator: Emulator, with_cards: With
    ) -> None:
        opener, _ = with_cards(ELSEWHERE)

        async with opener(emulator) as tui:
            await tui.shows("3 GPU  read on the server's machine only")
            await tui.press("3")
            await tui.hides("3 GPU")
        async with opener(emulator) as tui:
            await tui.until(lambda: tui.app.gpus)
            assert "3 GPU" not in tui.text
            await tui.press("3")
            await tui.shows("3 GPU  read on the server's machine only")

    async def test_before_the_first_reading_it_says_so(
        self, emulator: Emulator, with_cards: With
    ) -> None:
        opener, cards = with_cards(Reading((CARD,)))
        cards.answers.clear()

        async with opener(emulator) as tui:
            await tui.press("3")
            assert tui.notice.strip() == "The GPUs are being read."
            cards.answers.set()


class TestADriverThatHangs:
    @pytest.fixture(autouse=True)
    def _little_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(polls, "GPU_PATIENCE", 0.05)

    async def test_keys_work_and_what_was_read_grows_old(
        self, emulator: Emulator, with_cards: With
    ) -> None:
        opener, cards = with_cards(Reading((CARD,), (PYTHON,)))

        async with opener(emulator) as tui:
            await tui.shows("python · bob")
            assert tui.app.free_vram == 2 * GIB
            cards.answers.clear()

            await tui.shows("3 GPU  as of ")
            assert tui.app.free_vram is None
            assert "python · bob" in tui.text
            name = tui.app.selected
            await tui.press("j")
            assert tui.app.selected != name
            asked = cards.asked
            await tui.pilot.pause(0.2)
            assert cards.asked == asked

            cards.answers.set()
            await tui.hides("as of")
            assert tui.app.free_vram == 2 * GIB

    async def test_one_that_never_answered_is_told(
        self, emulator: Emulator, with_cards: With
    ) -> None:
        opener, cards = with_cards(Reading((CARD,)))
        cards.answers.clear()

        async with opener(emulator) as tui:
            await tui.shows("The driver does not answer.")
            await tui.pilot.pause(0.2)
            assert "as of" not in tui.text
            cards.answers.set()
            await tui.shows("RTX 4090")

    async def test_the_program_ends_all_the_same(
        self, emulator: Emulator, with_cards: With
    ) -> None:
        opener, cards = with_cards(Reading((CARD,)))
        cards.answers.clear()

        async with opener(emulator) as tui:
            assert await tui.leaves("q")
        cards.answers.set()


@pytest.mark.usefixtures("painted")
class TestBytes:
    async def test_values_that_stand_still_repaint_nothing(
        self, emulator: Emulator, with_cards: With, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opener, cards = with_cards(Reading((CARD,), (PYTHON,)))

        async with opener(emulator) as tui:
            await tui.until(lambda: tui.app.gpus and len(tui.app.gpus.history[0]) == 16)
            screen, repainted = tui.app.screen, list[object]()
            assert isinstance(screen, MainScreen)
            refresh = Canvas.refresh

            def noted(self: Canvas, *regions: object, **more: bool) -> Canvas:
                if self is screen.gpus:
                    repainted.append(regions)
                return refresh(self, **more)

            monkeypatch.setattr(Canvas, "refresh", noted)
            asked = cards.asked
            await tui.until(lambda: cards.asked > asked + 5)

            assert repainted == []

    async def test_without_the_terminals_focus_it_is_read_less_often(
        self, emulator: Emulator, with_cards: With, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opener, cards = with_cards(Reading((CARD,)))
        async with opener(emulator) as tui:
            pauses, pause = list[float](), tui.app.gpu_pacer.pause

            async def noted(seconds: float) -> None:
                pauses.append(seconds)
                await pause(seconds)

            monkeypatch.setattr(tui.app.gpu_pacer, "pause", noted)
            await tui.until(lambda: pauses and pauses[-1] == polls.GPU_SECONDS)
            tui.app.post_message(events.AppBlur())
            await tui.until(lambda: pauses[-1] == polls.UNWATCHED_SECONDS)
            asked = cards.asked
            tui.app.post_message(events.AppFocus())

            await tui.until(lambda: cards.asked > asked)


class TestRows:
    MANY = Reading(
        tuple(replace(CARD, index=at, uuid=f"GPU-{at}") for at in range(8)),
        tuple(replace(PYTHON, gpu=f"GPU-{at % 8}", pid=at + 300) for at in range(20)),
    )

    def rows(self, reading: Reading, width: int, height: int) -> tuple[Row, ...]:
        return rows_in(Gpus().followed_by(reading), width, height, has_history=True)

    def test_where_not_all_fits_the_gpus_come_first(self) -> None:
        rows = self.rows(self.MANY, 42, 20)

        assert [plain(row.lines[0])[:10] for row in rows[:8]] == [
            f"{at} RTX 4090" for at in range(8)
        ]
        assert plain(rows[8].lines[0]).startswith("0 python · bob")
        assert not any("free" in plain(row.lines[0]) for row in rows)

    @pytest.mark.parametrize("width", [30, 42, 54, 78, 118])
    def test_each_line_fits(self, width: int) -> None:
        for reading in (self.MANY, Reading((CARD,), (PYTHON,), "a reason " * 30)):
            for height in (5, 200):
                rows = self.rows(reading, width, height)
                assert all(len(plain(line)) <= width for row in rows for line in row.lines)

    @pytest.mark.parametrize("width", [20, 80, 119, 120, 200])
    def test_as_many_lines_are_asked_for_as_there_are(self, width: int) -> None:
        gpus = Gpus().followed_by(self.MANY)
        within = width - 2 if width < 120 else 54 if width >= 160 else 42
        lines = wanted(gpus, width, is_folded=False)

        assert lines is not None
        assert lines.all == sum(len(row.lines) for row in self.rows(self.MANY, within, 999))
        assert lines.least == 8

    def test_no_two_rows_have_the_same_name(self) -> None:
        names = [row.name for row in self.rows(self.MANY, 78, 200)]

        assert len(set(names)) == len(names)

    def test_others_and_what_is_free_step_back(self) -> None:
        _, other, *_, free = self.rows(Reading((CARD,), (PYTHON,)), 42, 20)

        for row in (other, free):
            assert all(ink == "quiet" for text, ink in row.lines[0] if text.strip())

    def test_the_history_is_drawn_from_the_right(self) -> None:
        gpus = Gpus()
        for share in (0.0, 0.5, 1.0):
            gpus = gpus.followed_by(Reading((replace(CARD, utilisation=share),)))

        line = rows_in(gpus, 42, 20, has_history=True)[0].lines[1]
        assert plain(line).endswith("▁▁▁▄▇")


async def test_free_memory_is_known_to_others(demo: Opener, emulator: Emulator) -> None:
    async with demo(emulator) as tui:
        await tui.until(lambda: tui.app.free_vram)

        assert tui.app.free_vram == pytest.approx(3.5 * GIB, rel=0.02)


async def test_nothing_is_read_before_the_first_frame(
    settings: Settings, clock: FastClock, emulator: Emulator
) -> None:
    cards = Cards(Reading((CARD,)))

    Opener(settings, clock, gpus=cards).made(emulator)

    assert cards.asked == 0
