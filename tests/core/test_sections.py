"""What is told of a model, in sections."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.models import PARTS, Model, ModelDetails
from ollama_tui.core.sections import facts_of, sections_of, text_of, unread

NOW = 1_790_000_000.0
MODEL = Model("qwen3:8b", 5_200_000_000, "ab" * 32, NOW - 86400, "qwen3", "8.2B", "Q4_K_M")
DETAILS = ModelDetails(
    "qwen3:8b",
    families=("qwen3", "clip"),
    architecture="qwen3",
    context_length=40960,
    parameters="top_k 20",
    template="{{ .Prompt }}",
    system="Be kind.",
    licence="MIT",
    modelfile="FROM qwen3:8b",
)


def headings(model: Model, details: ModelDetails) -> list[str]:
    return [section.heading for section in sections_of(model, details, NOW)]


def test_they_come_in_the_order_of_the_parts_and_each_can_be_printed() -> None:
    sections = sections_of(MODEL, DETAILS, NOW)

    assert tuple(section.part for section in sections) == PARTS
    assert [section.text for section in sections[1:]] == [
        text_of(DETAILS, part) for part in PARTS[1:]
    ]


def test_what_a_model_does_not_have_has_no_section() -> None:
    assert headings(MODEL, replace(DETAILS, system="", licence="")) == [
        "Facts", "Parameters", "Template", "Modelfile",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fact",
    [
        "size       5.2 GB",
        f"digest     {'ab' * 32}",
        "family     qwen3, clip",
        "arch       qwen3",
        "parameters 8.2B",
        "quant      Q4_K_M",
        "context    40,960 tokens",
        "can        —",
    ],
)
def test_facts_are_a_line_each_and_none_is_left_out(fact: str) -> None:
    assert fact in facts_of(MODEL, DETAILS, NOW).splitlines()


def test_of_a_cloud_model_it_is_said_why_parts_are_missing() -> None:
    cloud = replace(MODEL, size=None, remote_host="https://ollama.com:443")

    *_, last = sections_of(cloud, replace(DETAILS, template="", licence=""), NOW)

    assert last.part == ""
    assert last.text == (
        "It runs at https://ollama.com:443, which tells no template and no licence of it."
    )


def test_a_local_model_needs_no_such_excuse() -> None:
    assert "Not here" not in headings(MODEL, replace(DETAILS, template=""))


def test_a_cloud_model_that_cannot_be_asked_about_says_who_would_know() -> None:
    cloud = replace(MODEL, remote_host="https://ollama.com:443")

    assert unread(MODEL, "No answer.").text == "No answer."
    assert "the server asks there" in unread(cloud, "No answer.").text
