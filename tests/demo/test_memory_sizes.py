"""What the emulated engine takes for a model is what one would expect of it."""

from __future__ import annotations

import pytest

from ollama_tui.core.memory.estimate import RunnerOptions, estimate
from ollama_tui.core.memory.shape import shape_of
from ollama_tui.demo.catalogue import INSTALLED, Entry
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.memory import memory_size
from ollama_tui.demo.tensors import tensors

CONTEXTS = (1024, 4096, 24576, 32768)
TWO_CARDS = Machine(cards=(24 * 2**30, 16 * 2**30))


@pytest.mark.parametrize("entry", INSTALLED, ids=lambda entry: entry.name)
def test_is_a_little_more_than_the_estimate_with_each_context(entry: Entry) -> None:
    model = entry.manifest
    listed = {"model_info": model.config.model_info, "tensors": list(tensors(model.config))}
    shape = shape_of(listed, model.size)

    contexts = [min(context, model.config.context_length) for context in CONTEXTS]

    engine = [estimate(shape, RunnerOptions(context)).engine or 0 for context in contexts]
    expected = [size + shape.projector for size in engine]
    taken = [memory_size(model, context, Machine()) for context in contexts]

    off = [size / of for size, of in zip(taken, expected, strict=True)]
    assert all(0.999 < part < 1.03 for part in off), off
    assert taken == sorted(taken)


def test_is_more_where_each_of_two_gpus_needs_room_to_compute() -> None:
    large = next(entry.manifest for entry in INSTALLED if entry.name == "deepseek-r1:32b")

    assert memory_size(large, 32768, TWO_CARDS) > memory_size(large, 32768, Machine())
    assert memory_size(large, 4096, TWO_CARDS) == memory_size(large, 4096, Machine())


def test_of_a_model_of_which_only_the_file_is_known_follows_from_that() -> None:
    assert memory_size(manifest("a", 4_000_000_000), 4096, Machine()) == 4_200_000_000
