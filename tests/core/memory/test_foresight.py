"""What Ollama itself expects a model to take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.memory.estimate import RunnerOptions
from ollama_tui.core.memory.foresight import foreseen, missing_beside
from ollama_tui.core.memory.shape import Shape, shape_of
from tests.core.memory.shapes import made

MIB, GIB = 2**20, 2**30
QWEN: Shape = shape_of(made(
    {"arch": "qwen3", "layers": 28, "dim": 1024, "heads": 16, "kv": 8, "head_dim": 128,
     "ctx": 40960, "ff": 3072, "vocab": 151936}
))  # fmt: skip
"""One whose heads are twice as wide as its width shared among them."""


def test_it_is_what_the_server_said_that_it_predicted() -> None:
    told = foreseen(QWEN, RunnerOptions(40960), 1_506_799_104)

    # 0.32.15: predicted="4.3 GiB" predicted_num_ctx=40960 num_batch=1024; it took 6.2 GiB.
    assert told is not None
    assert (told + 768 * MIB) / GIB == pytest.approx(4.3, abs=0.05)


def test_a_server_of_before_lays_it_out_instead() -> None:
    assert foreseen(QWEN, RunnerOptions(is_old=True), 10) is None


def test_without_its_heads_it_cannot_be_told() -> None:
    assert foreseen(replace(QWEN, kv_heads=None), RunnerOptions(), 10) is None


@pytest.mark.parametrize(("batch", "more"), [(None, 0), (512, 0), (1024, 0.75), (2048, 2)])
def test_a_batch_that_the_model_asks_for_is_added(batch: int | None, more: float) -> None:
    asking = foreseen(replace(QWEN, num_batch=batch), RunnerOptions(), GIB)

    assert asking == (foreseen(QWEN, RunnerOptions(), GIB) or 0) + more * GIB


def test_a_fifth_of_what_is_free_stays_free() -> None:
    assert missing_beside(8 * GIB, 10 * GIB) == 0
    assert missing_beside(8 * GIB, 9 * GIB) == GIB
