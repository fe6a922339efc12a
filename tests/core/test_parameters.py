"""Parameters are checked before they are sent, for the server takes anything."""

from __future__ import annotations

import pytest

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.parameters import PARAMETERS, Kind, Value, parameter, texts_of


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("num_ctx", "8192", 8192),
        ("num_ctx", "1.048576e+06", 1048576),
        ("num_gpu", "-1", -1),
        ("temperature", "0", 0),
        ("temperature", "0.7", 0.7),
        ("use_mmap", "true", True),
        ("use_mmap", "F", False),
        ("stop", "<|im_end|>", ("<|im_end|>",)),
        ("stop", "8", ("8",)),
    ],
)
def test_a_text_is_read_by_the_type_of_the_parameter(name: str, text: str, value: Value) -> None:
    assert parameter(name).read(text) == value


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("num_ctx", "many", "`num_ctx` must be a whole number, and not 'many'"),
        ("num_ctx", "0.5", "`num_ctx` must be a whole number"),
        ("num_ctx", "8_192", "`num_ctx` must be a whole number"),
        ("num_ctx", "٨١٩٢", "`num_ctx` must be a whole number"),
        ("num_ctx", "0", "`num_ctx` must be 4 or more, and not 0"),
        ("num_ctx", "1e30", "`num_ctx` must be 4 or more, and not 1e30"),
        ("temperature", "warm", "`temperature` must be a number"),
        ("temperature", "nan", "`temperature` must be a number"),
        ("temperature", "-1", "`temperature` must be 0 or more"),
        ("top_p", "1.5", "`top_p` must be 0 to 1, and not 1.5"),
        ("use_mmap", "yes", "`use_mmap` must be true or false, and not 'yes'"),
        ("stop", "", "`stop` has no value"),
    ],
)
def test_what_a_parameter_cannot_be_is_refused(name: str, text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parameter(name).read(text)

    assert why in refused.value.what


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("num_ctxx", "Did you mean num_ctx?"),
        ("Temperature", "Did you mean temperature?"),
        ("foo", "There are num_ctx, temperature, top_p,"),
    ],
)
def test_an_unknown_parameter_is_refused_and_the_nearest_one_named(name: str, remedy: str) -> None:
    with pytest.raises(InvalidInput, match="no parameter") as refused:
        parameter(name)

    assert refused.value.remedy.startswith(remedy)


@pytest.mark.parametrize("one", [one for one in PARAMETERS.values() if one.example], ids=str)
def test_each_example_is_one_that_is_taken(one: object) -> None:
    example = PARAMETERS[getattr(one, "name", "")]

    value = example.read(example.example)

    assert texts_of(value) == (example.example,)


def test_only_the_stop_texts_can_be_given_several_times() -> None:
    assert [one.name for one in PARAMETERS.values() if one.kind is Kind.TEXTS] == ["stop"]
