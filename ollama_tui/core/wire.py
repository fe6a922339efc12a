"""What the server's JSON says of models, as values: what is missing or odd is the default."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ollama_tui.core.models import Model, ModelDetails, RunningModel
from ollama_tui.core.server_clock import moment
from ollama_tui.core.text import clean, clean_lines

WireObject = Mapping[str, Any]
_WHOLE = 50_000_000
"""Characters of a text beyond all that a model has."""


def model_of(entry: WireObject) -> Model:
    """An installed model, from an entry of `/api/tags`."""
    details = object_in(entry.get("details"))
    remote = clean(entry.get("remote_host"), 200)
    if not remote and entry.get("remote_model"):
        remote = clean(entry.get("remote_model"), 200)
    return Model(
        name=clean(entry.get("name") or entry.get("model"), 500),
        size=None if remote else _whole(entry.get("size")),
        digest=clean(entry.get("digest"), 100).removeprefix("sha256:"),
        modified=moment(entry.get("modified_at")),
        family=clean(details.get("family"), 60),
        parameter_size=clean(details.get("parameter_size"), 20),
        quantization=clean(details.get("quantization_level"), 20),
        context_length=_whole(details.get("context_length")) or None,
        capabilities=_words(entry.get("capabilities")),
        remote_host=remote,
    )


def running_model_of(entry: WireObject, ahead: float) -> RunningModel:
    """A loaded model, from an entry of `/api/ps`.

    Args:
        entry: as it came.
        ahead: seconds by which the server's clock is ahead of this machine's.
    """
    expires_at = moment(entry.get("expires_at"))
    return RunningModel(
        name=clean(entry.get("name") or entry.get("model"), 500),
        digest=clean(entry.get("digest"), 100).removeprefix("sha256:"),
        size=_whole(entry.get("size")) or 0,
        size_vram=_whole(entry.get("size_vram")) or 0,
        context_length=_whole(entry.get("context_length")) or None,
        expires_at=None if expires_at is None else expires_at - ahead,
    )


def details_of(name: str, found: WireObject) -> ModelDetails:
    """All about a model, from an answer of `/api/show`."""
    details, about = object_in(found.get("details")), object_in(found.get("model_info"))
    architecture = clean(about.get("general.architecture"), 60)
    return ModelDetails(
        name=name,
        family=clean(details.get("family"), 60),
        families=_words(details.get("families")),
        parameter_size=clean(details.get("parameter_size"), 20),
        quantization=clean(details.get("quantization_level"), 20),
        architecture=architecture,
        context_length=_whole(about.get(f"{architecture}.context_length")),
        embedding_length=_whole(about.get(f"{architecture}.embedding_length")),
        capabilities=_words(found.get("capabilities")),
        # The server gives them in another order at each call.
        parameters="\n".join(sorted(_parameters(clean_lines(found.get("parameters"))))),
        template=clean_lines(found.get("template"), _WHOLE),
        system=clean_lines(found.get("system"), _WHOLE),
        licence=clean_lines(found.get("license"), _WHOLE),
        modelfile=clean_lines(found.get("modelfile"), _WHOLE),
    )


def _parameters(text: str) -> Iterable[str]:
    lines = (re.sub(r"\s+", " ", line.strip(), count=1) for line in text.splitlines())
    # One that was set to nothing counts as not set.
    return (line for line in lines if line and not line.endswith(" <nil>"))


def _whole(number: object) -> int | None:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return int(number) if 0 <= number < 2**63 else None


def _words(found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        return ()
    return tuple(word for item in found[:50] if (word := clean(item, 40)))


def object_in(found: object) -> WireObject:
    """The object that a field has; an empty one where it has none."""
    return found if isinstance(found, dict) else {}
