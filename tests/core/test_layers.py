"""How much of a model is here, measured by its manifest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_tui.core.layers import LARGEST, Layer, Manifest, largest

_DIGESTS = st.sampled_from(["a", "b", "c", "d", "e"])
_MANIFESTS = st.lists(st.tuples(_DIGESTS, st.integers(0, 2**50)), min_size=1, max_size=8).map(
    lambda sizes: Manifest(tuple(sizes))
)
_QWEN = Manifest((("model", 1000), ("template", 20), ("params", 3), ("config", 400)))


def layer(digest: str, completed: int, total: int = 2**50) -> Layer:
    return Layer(digest, total, completed, completed)


@st.composite
def manifests_and_layers(draw: st.DrawFn) -> tuple[Manifest, tuple[Layer, ...]]:
    """A manifest, and any of its layers in any order."""
    manifest = draw(_MANIFESTS)
    digests = st.sampled_from([digest for digest, _ in manifest.sizes])
    seen = draw(st.lists(digests, unique=True))
    return manifest, tuple(layer(digest, draw(st.integers(0, 2**52))) for digest in seen)


class TestTheSize:
    def test_it_is_that_of_all_layers(self) -> None:
        assert _QWEN.size == 1423

    def test_a_layer_that_is_named_twice_counts_once(self) -> None:
        assert Manifest((("model", 1000), ("licence", 7), ("licence", 7))).size == 1007

    def test_without_layers_it_is_nothing(self) -> None:
        assert Manifest(()).size == 0


class TestWhatIsHere:
    def test_before_the_first_line_it_is_nothing(self) -> None:
        assert _QWEN.completed(()) == 0

    def test_of_the_newest_layer_it_is_what_has_arrived(self) -> None:
        assert _QWEN.completed((layer("model", 600),)) == 600

    @pytest.mark.parametrize(
        ("newest", "completed"),
        [("model", 1), ("template", 1001), ("params", 1021), ("config", 1024)],
    )
    def test_layers_that_passed_without_a_line_are_whole(self, newest: str, completed: int) -> None:
        assert _QWEN.completed((layer(newest, 1),)) == completed

    def test_layers_between_two_lines_are_whole_once_the_later_one_began(self) -> None:
        before = _QWEN.completed((layer("model", 1000),))
        after = _QWEN.completed((layer("model", 1000), layer("config", 0)))

        assert (before, after) == (1000, 1023)

    def test_a_layer_that_passed_before_its_size_was_told_is_whole(self) -> None:
        unsized = Layer("template", 0, 0, 0).whole()

        completed = _QWEN.completed((layer("model", 1000), unsized, layer("config", 7)))

        assert completed == 1030

    def test_a_layer_that_is_named_twice_is_here_once(self) -> None:
        manifest = Manifest((("a", 10), ("b", 5), ("a", 10)))

        assert manifest.completed((layer("a", 10), layer("b", 5))) == manifest.size == 15

    def test_the_second_mention_of_a_layer_does_not_make_those_between_whole(self) -> None:
        manifest = Manifest((("a", 10), ("b", 5), ("a", 10)))

        assert manifest.completed((layer("a", 10),)) == 10

    def test_no_layer_is_larger_than_the_manifest_says(self) -> None:
        layers = (layer("model", 5000), layer("template", 21))

        assert _QWEN.completed(layers) == 1020

    @pytest.mark.parametrize(
        "layers",
        [
            (layer("other", 5),),
            (layer("model", 5), layer("other", 5)),
            (layer("other", 5), layer("model", 5)),
        ],
        ids=["alone", "last", "first"],
    )
    def test_of_another_model_nothing_is_known(self, layers: tuple[Layer, ...]) -> None:
        assert _QWEN.completed(layers) is None

    def test_a_manifest_without_layers_knows_no_layer(self) -> None:
        assert Manifest(()).completed(()) == 0
        assert Manifest(()).completed((layer("model", 5),)) is None


class TestAnyManifest:
    @given(manifests_and_layers())
    def test_what_is_here_is_never_more_than_the_whole(
        self, found: tuple[Manifest, tuple[Layer, ...]]
    ) -> None:
        manifest, layers = found

        completed = manifest.completed(layers)

        assert completed is not None
        assert 0 <= completed <= manifest.size

    @given(manifests_and_layers(), st.integers(0, 2**50))
    def test_bytes_of_the_newest_layer_never_make_it_less(
        self, found: tuple[Manifest, tuple[Layer, ...]], more: int
    ) -> None:
        manifest, layers = found
        grown = tuple(layer(one.digest, one.completed + more) for one in layers[-1:])

        before, after = manifest.completed(layers), manifest.completed((*layers[:-1], *grown))

        assert before is not None
        assert after is not None
        assert before <= after

    @given(_MANIFESTS)
    def test_all_layers_are_the_whole(self, manifest: Manifest) -> None:
        layers = tuple(layer(digest, size, size) for digest, size in dict(manifest.sizes).items())

        assert manifest.completed(layers) == manifest.size


class TestTheLargestLayers:
    def test_they_are_those_of_the_manifest(self) -> None:
        assert largest(_QWEN, (layer("other", 1),)) == ("model", "config", "template", "params")

    def test_without_one_they_are_those_that_were_told_of(self) -> None:
        layers = (layer("small", 0, 10), layer("large", 0, 900), layer("unknown", 0, 0))

        assert largest(None, layers) == ("large", "small", "unknown")

    def test_of_thousands_there_are_a_few(self) -> None:
        sizes = tuple((str(number), number) for number in range(2000))

        assert largest(Manifest(sizes), ()) == tuple(str(1999 - at) for at in range(LARGEST))
