"""Deleting with keys: what is asked, and how it is taken back."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from ollama_tui.cli.demo_disk import DemoDisk
from ollama_tui.core.installed import Deleted
from ollama_tui.core.model_disk import ModelDisk
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.manifests import composed, manifest
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import Answer, Request, json_answer
from tests.tui.dashboard import Dashboard, Opener, asked, copy, remove
from tests.tui.test_loading import loaded, select

SMALL = "smollm2:135m"
PHI = "phi4:14b"
HELD = "gemma3:27b"
PINNED = "nomic-embed-text:latest"
AN_HOUR = 3600


def has(emulator: Emulator, name: str) -> bool:
    """Whether the server has a model of that name."""
    return emulator.store.find(parse_name(name)) is not None


def deletes(emulator: Emulator) -> list[str]:
    """The names that the server was asked to delete."""
    sent = [json.loads(r.body) for r in emulator.requests if r.path == "/api/delete"]
    return [str(body.get("model") or body.get("name")) for body in sent]


async def ask(tui: Dashboard, name: str) -> None:
    """Ask for a model's end, and see the question."""
    await select(tui, name)
    await tui.press("d")
    await tui.shows(f"Delete {name}?")


async def delete(tui: Dashboard, name: str, answer: str = "y") -> None:
    """Delete a model that nobody uses."""
    await ask(tui, name)
    await tui.press(answer)


def fact(tui: Dashboard, name: str) -> str:
    """What the question says of a model."""
    top = next(index for index, of in enumerate(tui.lines) if "Delete " in of and "╭" in of)
    return next(of for of in tui.lines[top + 1 :] if name in of).split(name)[1]


def row(tui: Dashboard, name: str) -> str:
    """A model's line in the table; empty if it is not there."""
    return next((of for of in tui.lines[3:] if f" {name} " in of), "")


class TestTheQuestion:
    async def test_it_names_the_model_its_size_and_what_is_made_of_it(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await ask(tui, SMALL)
            assert "271 MB" in fact(tui, SMALL)
            assert "271 MB ·" not in fact(tui, SMALL)
            assert "loaded" not in fact(tui, SMALL)
            await tui.press("escape")

            await ask(tui, "qwen2.5:14b")
            await tui.shows("shared with assistant:latest (by digest only)")
            await tui.press("escape")

            for name, use in ((HELD, "loaded"), (PINNED, "pinned")):
                await ask(tui, name)
                await tui.shows("type 1 to delete")
                assert use in fact(tui, name)
                await tui.press("escape")

            await select(tui, PHI)
            await tui.press("enter")
            await tui.shows(f"{PHI} is the current model")
            await ask(tui, PHI)
            await tui.shows("type 1 to delete")
            assert "current" in fact(tui, PHI)

    async def test_it_names_all_that_share_its_weights_where_the_folder_can_be_read(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        found = emulator.store.find(parse_name(SMALL))
        assert found is not None
        config = replace(found.manifest.config, system="Be brief.")
        edited = composed(found.manifest.weights, config)
        emulator.store.install(parse_name("edited:1b"), edited, emulator.clock.now())
        opener = replace(open_dashboard, disk=ModelDisk(DemoDisk(emulator)))

        async with opener(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("d")

            await tui.shows(f"Delete {SMALL}?", "frees ", "shared with edited:1b")
            assert "digest" not in fact(tui, SMALL)
            await tui.press("o")

            await tui.shows(f"Deleted {SMALL}", "its weights stay, since edited:1b has them too")

    async def test_of_another_name_of_a_loaded_model_it_says_as_what_it_is_loaded(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        copy(emulator, HELD, "aaa:1b")
        async with open_dashboard(emulator) as tui:
            await select(tui, "aaa:1b")
            await tui.shows(f"loaded as {HELD}")
            await tui.press("d")

            await tui.shows("Delete aaa:1b?", "type 1 to delete", f"loaded as {HELD}")

    async def test_one_that_was_made_anew_while_it_was_loaded_is_in_use_too(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.store.install(
                parse_name(HELD), manifest("a new version", 1000), emulator.clock.now()
            )
            await tui.polled_again()
            await select(tui, HELD)
            await tui.press("d")

            await tui.shows(f"Delete {HELD}?", "type 1 to delete")
            assert "loaded" in fact(tui, HELD)

    async def test_where_it_is_not_known_what_is_loaded_the_number_is_asked_for(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/ps"] = Fault(answer=Answer(404, (), b"404 page not found"))
            await tui.until(lambda: tui.app.running is None)
            await select(tui, SMALL)
            await tui.press("d")

            await tui.shows(f"Delete {SMALL}?", "type 1 to delete")
            assert "perhaps loaded" in fact(tui, SMALL)

    async def test_it_is_kept_by_many_keys(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=0) as tui:
            for key in ("enter", "n", "q", "escape", "o", "u"):
                await delete(tui, SMALL, key)
                await tui.press("escape")

                await tui.hides(f"Delete {SMALL}?")
                assert not tui.app.deleting, key
                assert not deletes(emulator), key

    async def test_the_buttons_go_round_to_deleting_at_once(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            await delete(tui, SMALL, "left")
            await tui.press("enter")

            await tui.shows(f"Deleted {SMALL}", "are free")
            assert SMALL not in tui.names


class TestTheNumber:
    async def test_nothing_but_the_right_one_deletes_four_marked_models_after_the_undo(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            await mark_four(tui)
            marked = set(tui.app.view.marks)
            for typed in ("", "3", "4u"):
                await tui.press("d")
                await tui.shows("Delete 4 models?", "type 4 to delete")
                await tui.press(*typed, "enter")

                await tui.shows("Type 4, or esc to keep.")
                await tui.press("escape")
                await tui.hides("Delete 4 models?")
                assert not tui.app.deleting, typed
            await tui.press("d", "4", "enter")

            await tui.shows("Deleting 4 models in 3600 s", "z undoes")
            assert set(tui.app.deleting) == marked
            assert not tui.app.view.marks
            assert not deletes(emulator)

    async def test_with_a_mark_of_exclamation_at_once(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            await mark_four(tui)
            marked = set(tui.app.view.marks)
            await tui.press("d")
            await tui.shows("4! deletes at once, without undo")
            await tui.type("4!")
            await tui.press("enter")

            await tui.until(lambda: set(deletes(emulator)) == marked)
            await tui.until(lambda: not marked & set(tui.names))

    async def test_a_loaded_one_has_to_be_typed_and_is_unloaded_first(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, HELD)
            await tui.press("d", "y", "enter")
            await tui.shows("Type 1, or esc to keep.")
            await tui.press("backspace")
            await tui.type("1!")
            await tui.press("enter")

            await tui.until(lambda: not has(emulator, HELD))
            await tui.until(lambda: HELD not in loaded(emulator))
            assert asked(emulator, "/api/generate") == 1

    async def test_two_marked_models_need_a_letter_only(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, PHI)
            await tui.press("space")
            await select(tui, "codestral:22b")
            await tui.press("space", "d")

            await tui.shows("Delete 2 models?", "o at once")
            assert "9.1 GB" in fact(tui, PHI)
            await tui.press("o")
            await tui.until(lambda: set(deletes(emulator)) == {PHI, "codestral:22b"})


class TestUndoing:
    async def test_nothing_is_sent_and_z_takes_it_back(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            await delete(tui, SMALL)
            await tui.until(lambda: "deleting · z undoes" in row(tui, SMALL))
            await tui.press("z")

            await tui.shows(f"Kept {SMALL}")
            assert "deleting" not in row(tui, SMALL)
            await tui.polled_again()
            assert not deletes(emulator)
            assert has(emulator, SMALL)

    async def test_each_is_deleted_after_its_time_but_for_what_was_taken_back(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=1) as tui:
            await delete(tui, SMALL)
            await tui.press("z")
            await delete(tui, PHI)

            # Its time comes later than that of the one which was taken back.
            assert not deletes(emulator)
            await tui.shows(f"Deleted {PHI}")
            assert PHI not in tui.names
            assert deletes(emulator) == [PHI]
            assert has(emulator, SMALL)

    async def test_z_works_in_every_panel_and_takes_all_back(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            await delete(tui, SMALL)
            await delete(tui, PHI)
            await tui.press("2", "z")

            await tui.shows("Kept 2 models")
            assert not tui.app.deleting
            await tui.press("z")
            await tui.shows("Nothing waits to be deleted.")

    async def test_without_a_time_for_it_no_undo_is_offered(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=0) as tui:
            await ask(tui, SMALL)
            assert "at once" not in tui.text
            await tui.press("y")
            await tui.until(lambda: deletes(emulator) == [SMALL])
            assert not tui.app.deleting

            await mark_four(tui)
            await tui.press("d")
            await tui.shows("type 4 to delete")
            assert "without undo" not in tui.text
            await tui.press("4", "enter")

            await tui.until(lambda: len(deletes(emulator)) == 5)

    async def test_quitting_deletes_at_once_what_waits_and_a_second_q_does_not_cut_that_short(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            gate = Gate(tui, monkeypatch)
            await delete(tui, SMALL)
            await delete(tui, PHI)
            await tui.press("q", "q", "z")

            await tui.shows("Nothing waits to be deleted.")
            assert not tui.app._exit
            gate.is_open.set()
            assert await tui.leaves()
            assert set(deletes(emulator)) == {SMALL, PHI}
            assert not tui.app.undeleted

    async def test_quitting_waits_for_what_is_being_deleted_at_once(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            gate = Gate(tui, monkeypatch)
            await delete(tui, SMALL, "o")
            await tui.until(lambda: "deleting" in row(tui, SMALL))
            assert "undoes" not in row(tui, SMALL)
            await tui.press("q")

            assert not tui.app._exit
            gate.is_open.set()
            assert await tui.leaves()
            assert deletes(emulator) == [SMALL]

    async def test_what_fails_at_the_end_is_kept_to_be_told(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["/api/delete"] = Fault(answer=json_answer({"error": "oops"}, 500))
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            await delete(tui, SMALL)

            assert await tui.leaves("q")
            [told] = tui.app.undeleted
            assert told.startswith(f"{SMALL} is not deleted. ")
            assert "oops" in told

    async def test_an_end_by_a_signal_deletes_nothing(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            await delete(tui, SMALL)
            await tui.until(lambda: tui.app.deleting)
            # What a SIGTERM or a SIGHUP calls.
            tui.app.exit(return_code=143)

        assert not deletes(emulator)
        assert has(emulator, SMALL)

    async def test_what_another_program_deleted_or_changed_meanwhile_is_told_and_left(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=1) as tui:
            await delete(tui, SMALL)
            remove(emulator, SMALL)
            await tui.shows(f"{SMALL} is not deleted")

            await delete(tui, PHI)
            emulator.store.install(
                parse_name(PHI), manifest("a new version", 1000), emulator.clock.now()
            )
            await tui.shows(f"{PHI} is not deleted", "was changed meanwhile")
            assert not deletes(emulator)
            assert has(emulator, PHI)

    async def test_nothing_is_made_of_a_model_that_waits_to_be_deleted(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=AN_HOUR) as tui:
            await delete(tui, SMALL)
            for key in ("enter", "P", "e", "R"):
                await select(tui, SMALL)
                await tui.press(key)

                await tui.shows(f"{SMALL} is to be deleted; z keeps it.")
                assert len(tui.app.screen_stack) == 1, key
            assert tui.app.current is None


class TestRefusing:
    async def test_names_that_ollama_reads_otherwise_are_refused(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        names = ("phi4:local", "phi4:cloud")
        for name in names:
            copy(emulator, PHI, name)
        async with open_dashboard(emulator) as tui:
            for name in names:
                await select(tui, name)
                await tui.press("d")

                await tui.shows(f"{name} cannot be named here")
                assert len(tui.app.screen_stack) == 1
            assert not deletes(emulator)

    async def test_a_failure_is_told_and_the_model_stays(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["/api/delete"] = Fault(answer=json_answer({"error": "oops"}, 500))
        async with open_dashboard(emulator) as tui:
            await delete(tui, SMALL, "o")

            await tui.shows(f"{SMALL} is not deleted. ", "oops")
            assert SMALL in tui.names
            assert "deleting" not in row(tui, SMALL)

    async def test_a_500_with_the_model_gone_is_told_as_gone(
        self, open_dashboard: Opener, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        genuine = emulator.answer
        refusal = json_answer({"error": "remove /models/blobs/x: permission denied"}, 500)
        emulator.faults["/api/delete"] = Fault(answer=refusal)

        async def answer(request: Request) -> Answer:
            if request.path == "/api/delete":
                remove(emulator, SMALL)
            return await genuine(request)

        monkeypatch.setattr(emulator, "answer", answer)
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("d", "o")

            await tui.shows(f"{SMALL} is gone, but ", "permission denied")


class Gate:
    """Holds deletes up until it is opened."""

    def __init__(self, tui: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_open = asyncio.Event()
        genuine = tui.app.installed_models.delete

        async def delete(name: str, digest: str = "") -> Deleted:
            await self.is_open.wait()
            return await genuine(name, digest)

        monkeypatch.setattr(tui.app.installed_models, "delete", delete)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_the_question_fits_a_small_screen(
    open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
) -> None:
    async with open_dashboard(emulator, size) as tui:
        await tui.press("g", *["space"] * 12, "d")
        await tui.shows("Delete 12 models?", "type 12 to delete")
        await tui.press("escape", "escape")

        await mark_four(tui)
        await tui.press("d")
        await tui.shows("Delete 4 models?", "type 4 to delete", "4! deletes at once")
        await tui.press("3", "enter")
        await tui.shows("Type 4, or esc to keep.")
        await tui.press("escape", "escape")

        await ask(tui, SMALL)
        await tui.shows("n no", "y delete", "o at once", "esc close")
        await tui.press("y")
        await tui.shows("deleting")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_each_of_many_models_is_named_where_one_scrolls(
    open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
) -> None:
    async with open_dashboard(emulator, size) as tui:
        await tui.press("g", *["space"] * 16, "d")
        await tui.shows("Delete 16 models?", "↑↓ scroll" if size[1] < 40 else "esc close")

        seen = tui.text
        for _ in range(3):
            await tui.press("pagedown")
            seen += tui.text
        assert [name for name in tui.app.view.marks if name not in seen] == []
        await tui.type("16")
        await tui.press("enter")
        await tui.until(lambda: len(tui.app.deleting) == 16)


async def test_all_that_share_its_layers_are_named(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    names = [f"mine-of-{number}:latest" for number in range(5)]
    for name in names:
        copy(emulator, SMALL, name)
    async with open_dashboard(emulator, (80, 24)) as tui:
        await select(tui, SMALL)
        await tui.press("d")

        await tui.shows(f"Delete {SMALL}?", "shared with", *names)


async def mark_four(tui: Dashboard) -> None:
    """Mark four models that are not in use."""
    await select(tui, "gpt-oss:120b")
    await tui.press("space", "space", "space", "space")
    assert len(tui.app.view.marks) == 4
