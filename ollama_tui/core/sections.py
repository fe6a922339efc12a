"""All that is told of one model, in sections: to be read, searched, copied, printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ollama_tui.core import units
from ollama_tui.core.models import PARTS, Model, ModelDetails

LABEL = 11
"""Cells of what stands before a fact."""


@dataclass(frozen=True, slots=True)
class Section:
    """A text under its heading."""

    part: str
    """What the command line calls it; empty for a remark, which is no part of the model."""
    heading: str
    text: str
    label: int = 0
    """Cells at the start of each line that only say what follows."""


def sections_of(model: Model, details: ModelDetails, now: float) -> tuple[Section, ...]:
    """The parts that there are, and why others are not."""
    facts = Section("facts", "Facts", facts_of(model, details, now), LABEL)
    texts = (Section(part, part.capitalize(), text_of(details, part)) for part in PARTS[1:])
    return (facts, *(section for section in texts if section.text), *_missing(model, details))


def text_of(details: ModelDetails, part: str) -> str:
    """The text of a part but the facts; empty if there is none."""
    texts = {
        "parameters": details.parameters,
        "system": details.system,
        "template": details.template,
        "licence": details.licence,
        "modelfile": details.modelfile,
    }
    return texts[part]


def facts_of(model: Model, details: ModelDetails, now: float) -> str:
    """What is known of a model in single words, one a line."""
    context = details.context_length or model.context_length
    width = details.embedding_length
    modified = f"{units.ago(model.modified, now)} · {units.date(model.modified)}"
    facts = (
        ("size", units.disk(model.size)),
        ("modified", modified if model.modified is not None else ""),
        ("digest", model.digest),
        ("family", ", ".join(details.families) or details.family or model.family),
        ("arch", details.architecture),
        ("parameters", details.parameter_size or model.parameter_size),
        ("quant", details.quantization or model.quantization),
        ("context", f"{context:,} tokens" if context else ""),
        ("embedding", f"{width:,}" if width else ""),
        ("can", ", ".join(details.capabilities or model.capabilities)),
    )
    return "\n".join(f"{label:<{LABEL}}{value or units.UNKNOWN}" for label, value in facts)


def unread(model: Model, why: str) -> Section:
    """Why nothing is known of a model beyond what the list tells."""
    if model.is_cloud:
        why += " What is known of a cloud model comes from where it runs: the server asks there."
    return Section("", "Not all is known", why)


def _missing(model: Model, details: ModelDetails) -> Iterator[Section]:
    missing = [part for part in PARTS[1:] if not text_of(details, part)]
    if model.is_cloud and missing:
        words = f"It runs at {model.remote_host}, which tells no {' and no '.join(missing)} of it."
        yield Section("", "Not here", words)
