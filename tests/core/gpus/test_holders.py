"""Who holds the memory of a GPU."""

from __future__ import annotations

from dataclasses import replace

from ollama_tui.core.gpus import Gpu, GpuProcess, Holder, Holding, Reading, share_out
from ollama_tui.core.models import RunningModel

GIB = 2**30
CARD = Gpu(0, "RTX 4090", "GPU-0", total=24 * GIB, used=22 * GIB, free=2 * GIB)
OTHER_CARD = replace(CARD, index=1, uuid="GPU-1")
RUNNER = GpuProcess("GPU-0", 100, 19 * GIB, "ollama", "llama-server", is_ollama=True)
SERVER = GpuProcess("GPU-0", 90, GIB // 2, "ollama", "ollama", is_ollama=True)
PYTHON = GpuProcess("GPU-0", 300, 2 * GIB, "bob", "python")
GEMMA = RunningModel("gemma3:27b", size=19 * GIB, size_vram=18 * GIB)


def held(
    reading: Reading, *running: RunningModel, models: dict[int, str] | None = None
) -> list[Holding]:
    return list(share_out(replace(reading, models=models or {}), running).of["GPU-0"])


def test_a_runner_is_its_model_and_what_it_holds_is_measured() -> None:
    first, *_ = held(Reading((CARD,), (RUNNER,)), GEMMA, models={100: "gemma3:27b"})

    assert first == Holding(Holder.MODEL, "gemma3:27b", 19 * GIB, pid=100)
    assert first.is_measured


def test_models_come_first_then_others_then_ollama_then_what_is_free() -> None:
    found = held(Reading((CARD,), (SERVER, PYTHON, RUNNER)), models={100: "gemma3:27b"})

    assert [(one.name, one.user) for one in found] == [
        ("gemma3:27b", ""), ("python", "bob"), ("Ollama itself", ""), ("driver, or unseen", ""),
        ("free", ""),
    ]  # fmt: skip


def test_all_of_it_adds_up() -> None:
    found = held(Reading((CARD,), (SERVER, PYTHON, RUNNER)), models={100: "gemma3:27b"})

    assert sum(one.used or 0 for one in found) == CARD.total
    assert found[3].used == GIB // 2


def test_what_cannot_be_seen_with_one_decimal_is_not_told() -> None:
    nearly = replace(RUNNER, used=22 * GIB - 1000)

    found = held(Reading((CARD,), (nearly,)), models={100: "gemma3:27b"})

    assert [one.kind for one in found] == [Holder.MODEL, Holder.FREE]


def test_a_program_without_a_name_has_its_number() -> None:
    stranger = GpuProcess("GPU-0", 4121, GIB)

    assert held(Reading((CARD,), (stranger,)))[0].name == "pid 4121"


def test_a_program_whose_bytes_are_not_told_is_named_all_the_same() -> None:
    found = held(Reading((CARD,), (replace(PYTHON, used=None),)))

    assert (found[0].name, found[0].used) == ("python", None)


class TestWithoutTheRunnersProcess:
    def test_on_the_only_card_a_model_is_what_the_server_reports(self) -> None:
        found = held(Reading((CARD,), (PYTHON,)), GEMMA)

        assert found[0] == Holding(Holder.MODEL, "gemma3:27b", 18 * GIB, is_measured=False)
        assert [one.name for one in found[1:]] == ["python", "driver, or unseen", "free"]

    def test_the_rest_of_a_nameless_runner_is_ollamas_own(self) -> None:
        found = held(Reading((CARD,), (RUNNER, PYTHON)), GEMMA)

        assert [(one.name, one.used) for one in found[:3]] == [
            ("gemma3:27b", 18 * GIB), ("python", 2 * GIB), ("Ollama itself", GIB)
        ]  # fmt: skip

    def test_on_several_cards_it_is_told_apart_from_them(self) -> None:
        shares = share_out(Reading((CARD, OTHER_CARD), (PYTHON,)), (GEMMA,))

        assert [one.name for one in shares.unplaced] == ["gemma3:27b"]
        assert not shares.unplaced[0].is_measured

    def test_a_model_on_the_processor_holds_nothing(self) -> None:
        assert not share_out(Reading((CARD,)), (replace(GEMMA, size_vram=0),)).unplaced


def test_a_model_on_two_cards_is_on_both() -> None:
    both = (RUNNER, replace(RUNNER, gpu="GPU-1", used=5 * GIB))

    shares = share_out(Reading((CARD, OTHER_CARD), both, models={100: "gemma3:27b"}), (GEMMA,))

    assert [shares.of[key][0].used for key in ("GPU-0", "GPU-1")] == [19 * GIB, 5 * GIB]
    assert shares.unplaced == ()


def test_a_card_of_which_nothing_is_known_has_no_free_row() -> None:
    shares = share_out(Reading((Gpu(0, uuid="GPU-0"),)))

    assert shares.of["GPU-0"] == ()
