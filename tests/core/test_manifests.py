"""A registry's manifest, read whatever it says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.layers import Manifest
from ollama_tui.core.registries import read_manifest

_LAYER = {"digest": "sha256:a", "size": 1000}
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["layers", "config", "digest", "size"]), inner)
    ),
)
_ENTRIES = st.fixed_dictionaries(
    {"digest": st.text(max_size=3) | _VALUES, "size": st.integers(-1, 2**51) | _VALUES}
)
_DOCUMENTS = st.fixed_dictionaries(
    {"layers": st.lists(_ENTRIES, max_size=2)}, optional={"config": _ENTRIES}
)


def read(value: object) -> Manifest | None:
    return read_manifest(json.dumps(value).encode())


class TestLayers:
    def test_the_config_is_the_last(self) -> None:
        config = {"digest": "sha256:c", "size": 30}

        manifest = read({"config": config, "layers": [_LAYER]})

        assert manifest == Manifest((("sha256:a", 1000), ("sha256:c", 30)))

    def test_the_config_alone_is_a_model_too(self) -> None:
        assert read({"config": _LAYER, "layers": []}) == Manifest((("sha256:a", 1000),))

    @pytest.mark.parametrize("size", [0, 1, 2**50 - 1])
    def test_a_size_that_a_file_can_have_is_believed(self, size: int) -> None:
        manifest = read({"layers": [{"digest": "sha256:a", "size": size}]})

        assert manifest == Manifest((("sha256:a", size),))

    @pytest.mark.parametrize(
        "layer",
        [
            {"size": 1},
            {"digest": "sha256:b"},
            {"digest": 7, "size": 1},
            {"digest": ["sha256:b"], "size": 1},
            {"digest": "sha256:b", "size": -1},
            {"digest": "sha256:b", "size": 2**50},
            {"digest": "sha256:b", "size": True},
            {"digest": "sha256:b", "size": 1.5},
            {"digest": "sha256:b", "size": "1"},
            {"digest": "sha256:b", "size": None},
            "sha256:b",
            7,
            [7],
        ],
        ids=str,
    )
    def test_one_that_cannot_be_makes_all_of_it_none(self, layer: object) -> None:
        assert read({"layers": [_LAYER, layer]}) is None
        assert read({"layers": [_LAYER], "config": layer}) is None

    @pytest.mark.parametrize(("count", "is_read"), [(0, False), (10_000, True), (10_001, False)])
    def test_there_are_some_but_not_without_end(self, count: int, is_read: bool) -> None:
        assert (read({"layers": [_LAYER] * count}) is not None) is is_read


class TestWeights:
    def test_they_are_the_layers_that_are_loaded_each_counted_once(self) -> None:
        kinds = {"model": 1000, "projector": 100, "template": 10, "license": 1}
        layers = [
            {"digest": kind, "size": size, "mediaType": f"application/vnd.ollama.image.{kind}"}
            for kind, size in kinds.items()
        ]

        manifest = read({"layers": [*layers, layers[0]]})

        assert manifest is not None
        assert manifest.weights == 1100

    @pytest.mark.parametrize("kind", [None, 7, ["a"], "text/plain"])
    def test_what_does_not_say_what_it_is_tells_nothing(self, kind: object) -> None:
        manifest = read({"layers": [{**_LAYER, "mediaType": kind}]})

        assert manifest is not None
        assert manifest.weights is None


class TestAnything:
    @given(st.binary(max_size=50) | _VALUES.map(lambda value: json.dumps(value).encode()))
    def test_it_is_a_manifest_or_nothing(self, body: bytes) -> None:
        manifest = read_manifest(body)

        assert manifest is None or manifest.sizes

    @given(_DOCUMENTS)
    def test_no_layer_has_a_size_that_no_file_has(self, value: object) -> None:
        manifest = read(value)

        sizes = manifest.sizes if manifest else ()
        assert all(isinstance(digest, str) for digest, _ in sizes)
        assert all(type(size) is int and 0 <= size < 2**50 for _, size in sizes)
