"""What the engine of Ollama 0.32.15 reserved for made-up models, row by row."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from ollama_tui.core.memory.estimate import (
    KvType,
    RunnerOptions,
    batch_of,
    estimate,
    kv_bytes,
    mask_bytes,
    slot_cells,
)
from ollama_tui.core.memory.shape import Shape, shape_of
from tests.core.memory.shapes import made

MIB = 2**20


def _rows(file: str) -> list[dict[str, Any]]:
    rows = json.loads((Path(__file__).parent / file).read_text())["rows"]
    return [{"kv": "f16", "parallel": 1, **row} for row in rows]


ROWS, ON_A_GPU = _rows("engine-memory.json"), _rows("cuda-memory.json")


def _name(row: dict[str, Any]) -> str:
    layers, tokens = row["shape"]["layers"], row["num_ctx"]
    return f"{row['shape']['arch']}-{layers}-{tokens}-{row['kv']}-x{row['parallel']}"


def _loaded(row: dict[str, Any]) -> tuple[Shape, RunnerOptions]:
    options = RunnerOptions(row["num_ctx"], KvType(row["kv"]), row["parallel"], gpus=0)
    return shape_of(made(row["shape"])), options


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_the_kv_cache_is_what_the_engine_reserved(row: dict[str, Any]) -> None:
    shape, options = _loaded(row)

    assert kv_bytes(shape, options) == pytest.approx(row["kv_mib"] * MIB, rel=0.001)


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_the_batch_and_the_cells_of_a_slot_are_the_engines(row: dict[str, Any]) -> None:
    shape, options = _loaded(row)

    assert batch_of(shape, options) == row["ubatch"]
    assert slot_cells(shape, options) == row["n_ctx_seq"]


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_the_weights_on_the_cpu_are_the_engines(row: dict[str, Any]) -> None:
    shape, options = _loaded(row)

    weights = estimate(shape, options).weights
    assert weights is not None
    # The made files have a few norms more than are listed here.
    assert weights == pytest.approx(row["weights_mib"] * MIB, rel=0.01, abs=0.02 * MIB)


@pytest.mark.parametrize("row", ON_A_GPU, ids=_name)
def test_all_that_the_engine_reserved_on_a_gpu_is_foreseen(row: dict[str, Any]) -> None:
    shape, options = _loaded(row)

    told = estimate(shape, replace(options, gpus=1))

    assert told.kv == pytest.approx(row["kv_mib"] * MIB, rel=0.001)
    assert told.compute == pytest.approx(row["compute_mib"] * MIB, abs=0.05 * MIB)
    assert told.weights == pytest.approx(row["weights_mib"] * MIB, rel=0.001)


def _alike(row: dict[str, Any]) -> str:
    return json.dumps([row["shape"], row["ubatch"], row["kv"]])


@pytest.mark.parametrize(
    "rows",
    [list(rows) for _, rows in groupby(sorted(ROWS, key=_alike), key=_alike)],
    ids=lambda rows: f"{_name(rows[0])}-and-{len(rows) - 1}-more",
)
def test_the_mask_makes_the_difference_between_alike_compute_buffers(
    rows: list[dict[str, Any]],
) -> None:
    rests = [row["compute_mib"] - mask_bytes(*_loaded(row)) / MIB for row in rows]

    assert rests == pytest.approx([rests[0]] * len(rests), abs=0.02)
