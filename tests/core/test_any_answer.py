"""Whatever a server answers: values that hold together, or a failure in words."""

from __future__ import annotations

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_tui.core import units
from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.library import Column, Library
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.service import OllamaService
from ollama_tui.core.text import clean
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.demo.wire import Answer

NOW = 1_787_349_898.0
_FIELDS = ["name", "model", "size", "digest", "modified_at", "details", "capabilities",
           "expires_at", "remote_host", "remote_model", "size_vram", "context_length",
           "parameter_size", "family",
           "quantization_level", "model_info", "general.architecture", "license"]  # fmt: skip
_TIMES = ["2318-04-06T01:46:40Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-13-01"]
_LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats()
    | st.sampled_from(_TIMES) | st.text(st.characters(exclude_categories=()), max_size=12)
)  # fmt: skip
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=6)
    ),
    max_leaves=15,
)
_ENTRIES = st.dictionaries(st.sampled_from(_FIELDS), _VALUES, max_size=8)
_BODIES = st.binary(max_size=30) | (
    _VALUES | st.builds(lambda of: {"models": of}, st.lists(_ENTRIES | _VALUES, max_size=5))
).map(lambda of: json.dumps(of).encode())


async def asked(body: bytes) -> tuple[Library, tuple[RunningModel, ...], str]:
    """What is made of a server that answers everything so, and how that failed."""
    emulator = Emulator()
    emulator.faults["*"] = Fault(answer=Answer(200, (), body))
    service = OllamaService(Connection("http://box:80", transport=EmulatorTransport(emulator)))
    try:
        await service.version()
        await service.everything("a:1b")
        return await service.library(), await service.running(), ""
    except OllamaTuiError as error:
        return Library(), (), str(error)
    finally:
        await service.aclose()


@settings(max_examples=60)
@given(_BODIES)
def test_it_is_read_as_values_or_told_in_words(body: bytes) -> None:
    library, running, failure = asyncio.run(asked(body))

    assert failure.isprintable()
    for model in library:
        assert clean(model.name) == model.name != ""
        assert model.size is None or model.size >= 0
        assert units.age(model.modified, NOW)
        assert library.get(model.name) is not None
    for one in running:
        assert one.gpu_share is None or 0 <= one.gpu_share <= 1
        assert one.cpu_bytes >= 0
        assert units.until(one.expires_at, NOW, is_pinned=one.is_pinned(NOW))


_MODELS = st.builds(
    Model,
    st.text("abAB:/-. \u0130\u1e9e", min_size=1, max_size=8),
    st.none() | st.integers(0, 2**63),
    st.sampled_from(["", "d1", "d2"]),
    st.none() | st.floats(0.1, 1e12),
    st.just("llama"),
    st.sampled_from(["", "7B", "8x7B", "nanB", "infT", "-1M", "1e999B", "x"]),
    st.sampled_from(["", "Q4_0"]),
    st.none() | st.integers(0, 2**63),
    st.lists(st.sampled_from(["tools", "vision"]), max_size=2).map(tuple),
)


@given(st.lists(_MODELS, max_size=12), st.sampled_from(Column), st.booleans(), st.text(max_size=3))
def test_a_library_stays_the_same_models_in_whatever_order(
    models: list[Model], column: Column, reverse: bool, words: str
) -> None:
    library = Library(tuple(models))

    ordered = library.sorted_by(column, reverse=reverse)

    assert sorted(map(repr, ordered)) == sorted(map(repr, models))
    assert ordered.sorted_by(column, reverse=reverse) == ordered
    assert set(library.matching(words)) <= set(models)
    assert all(library.get(model.name) for model in models)
    assert not set(library.without([model.name for model in models]))
    assert 0 <= library.disk_size <= sum(model.size or 0 for model in models)
