"""What is wrong here, told in a dialog."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core.doctor.evidence import Own
from ollama_tui.core.doctor.finding import ok, unknown, warning
from ollama_tui.core.doctor.gathering import Patient
from ollama_tui.core.doctor.surroundings import address_of
from ollama_tui.core.gpus import Gpu, Reading
from ollama_tui.core.server_log import LogPlaces
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import Answer
from ollama_tui.tui.acts import doctor
from ollama_tui.tui.app import OllamaTuiApp
from ollama_tui.tui.lines import plain, width
from ollama_tui.tui.screens.doctor import finding_lines
from tests.core.test_server_log import Programs
from tests.tui.dashboard import Opener
from tests.tui.test_gpus import Cards

PATIENT = doctor.patient
TITLE = "─ What is wrong here ─"
WARNING = warning("folder.space", "9.0 GB are free for models.", "Delete what is not needed (d).")


@pytest.fixture(autouse=True)
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of which nothing is known, instead of the one that runs the tests."""
    programs = Programs({})

    def nobody(app: OllamaTuiApp) -> Patient:
        return Patient(
            address_of(app.settings.url, {}, is_demo=app.settings.demo),
            lambda: Own("/c", state="/s"),
            LogPlaces(tmp_path, tmp_path / "proc", (), programs, programs),
            {"TERM": "xterm", "LANG": "C.UTF-8"},
            columns=app.size.width,
            lines=app.size.height,
            homes=lambda: (),
        )

    monkeypatch.setattr(doctor, "patient", nobody)


class TestTheDialog:
    async def test_it_opens_and_fills_in(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("exclamation_mark")

            await tui.shows(TITLE, "Ollama answers at", "All is well; ", "could not be made.")
            await tui.press("G")
            await tui.shows("For an issue: ollama-tui doctor --report")

    async def test_the_palette_has_it(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("colon")
            await tui.type("wrong")
            await tui.press("enter")

            await tui.shows(TITLE)

    async def test_faults_come_first(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/ps"] = Fault(answer=Answer(500, (), b'{"error":"broken"}'))

            await tui.press("exclamation_mark")

            await tui.shows(TITLE, "1 fault; ")
            found = [text for text in tui.lines if " fault  " in text or " ok  " in text]
            assert "The server failed: broken." in found[0]

    async def test_it_is_there_while_the_server_is_slow(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/version"] = Fault(delay=math.inf)

            await tui.press("exclamation_mark")

            await tui.shows(TITLE, "Looking at the server…", "is asked, by default")
            await tui.press("escape")
            await tui.hides(TITLE)

    async def test_it_may_be_left_before_anything_is_known(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            for _ in range(5):
                tui.press_fast("exclamation_mark", "escape")
            await tui.press("exclamation_mark")

            await tui.shows(TITLE, "could not be made.")

    async def test_r_looks_again(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/ps"] = Fault(answer=Answer(500, (), b'{"error":"broken"}'))
            await tui.press("exclamation_mark")
            await tui.shows("1 fault; ")
            del emulator.faults["/api/ps"]

            await tui.press("r")

            await tui.shows(TITLE, "All is well; ")

    @pytest.mark.parametrize("key", ["escape", "q", "exclamation_mark", "enter", "ctrl+c"])
    async def test_it_closes(self, open_dashboard: Opener, emulator: Emulator, key: str) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("exclamation_mark")
            await tui.shows(TITLE)

            await tui.press(key)

            await tui.hides(TITLE)
            assert not tui.app._exit

    @pytest.mark.parametrize("size", [(80, 24), (40, 12)])
    async def test_all_can_be_read_on_a_small_screen(
        self, open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
    ) -> None:
        async with open_dashboard(emulator, size=size) as tui:
            await tui.press("exclamation_mark")
            await tui.shows(TITLE, "could not", "esc close")
            assert "--report" not in tui.text

            await tui.press("G")

            await tui.shows("--report")

    async def test_the_demo_says_that_it_has_no_server_process(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, demo=True) as tui:
            await tui.press("exclamation_mark", "G")

            await tui.shows("has no process, log or folder")


async def test_the_gpus_are_those_of_the_reading_that_is_there(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    cards = Cards(Reading((Gpu(0, "NVIDIA RTX 4090"),)))

    async with replace(open_dashboard, gpus=cards)(emulator) as tui:
        await tui.until(lambda: tui.app.gpus is not None)
        cards.answers.clear()

        seen = PATIENT(tui.app).gpus()
        cards.answers.set()

    assert seen.names == ("NVIDIA RTX 4090",)


class TestALine:
    def test_it_tells_outcome_family_sentence_and_the_next_step(self) -> None:
        lines = [plain(of) for of in finding_lines(WARNING, 90)]

        assert " ".join(lines[0].split()) == "warning folder 9.0 GB are free for models."
        assert lines[1].strip() == "Delete what is not needed (d)."

    @pytest.mark.parametrize("cells", [92, 68, 59, 30, 20])
    def test_it_never_is_wider_than_there_is_room(self, cells: int) -> None:
        findings = (WARNING, unknown("a.b", "x" * 200), ok("own.c", "模型 " * 40 + "."))

        assert max(width(of) for one in findings for of in finding_lines(one, cells)) <= cells
