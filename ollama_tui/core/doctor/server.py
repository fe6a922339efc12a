"""Whether the server answers, and what its version lacks."""

from __future__ import annotations

from collections.abc import Iterator

from ollama_tui.core.doctor.evidence import Address, Answer
from ollama_tui.core.doctor.finding import Finding, fault, ok, unknown, warning
from ollama_tui.core.units import duration
from ollama_tui.core.versions import Version, version_of

_LISTS, _FULLY = (0, 1, 38), (0, 10, 0)
_UPDATE = "Update Ollama there: https://ollama.com/download."
_SET_CLOCKS = (
    "Let NTP set both clocks: `timedatectl` says whether it does, "
    "`sudo timedatectl set-ntp true` lets it."
)
_FEATURES: tuple[tuple[Version, str], ...] = (
    ((0, 1, 23), "a model does not stay for as long as it is told to"),
    ((0, 1, 38), "what is loaded is not shown"),
    ((0, 1, 45), "a model's facts are not shown"),
    ((0, 3, 11), "a model that is not loaded is loaded to be unloaded"),
    ((0, 5, 5), "no model is made from another"),
    ((0, 6, 4), "what a model can do is not shown"),
    ((0, 10, 0), "the context of loaded models is not shown"),
    ((0, 12, 0), "there are no cloud models"),
    ((0, 14, 0), "there are no models in safetensors"),
    ((0, 15, 5), "the context does not follow the GPU's memory"),
    ((0, 21, 0), "partial downloads do not outlast a restart"),
    ((0, 30, 0), "what a model can do is shown once its details are read"),
    ((0, 32, 4), "what is loaded may be told wrongly while a model loads"),
)
"""What is so before which version, as Ollama's history says."""


def check(address: Address, answer: Answer) -> Iterator[Finding]:
    """Whether it answers, its version, what that lacks, and its clock."""
    yield _answers(address, answer)
    version = version_of(answer.version)
    yield _version(answer, version)
    yield _features(answer, version)
    yield _clock(answer)


def _answers(address: Address, answer: Answer) -> Finding:
    check = "server.answers"
    if answer.failure and not answer.is_too_old:
        return fault(check, answer.failure, answer.remedy or "Try again; look into its log.")
    if address.is_demo:
        return ok(check, "The demo's server answers: it is in this program, and invented.")
    return ok(check, f"Ollama answers at {address.url}.")


def _version(answer: Answer, version: Version | None) -> Finding:
    check = "server.version"
    if version is None:
        said = f"its version, {answer.version}, is no release" if answer.version else ""
        return unknown(check, said or "the server did not say its version")
    if version < _LISTS or answer.is_too_old:
        words = f"Ollama {answer.version} can list models, but not tell what is loaded."
        return fault(check, words, _UPDATE)
    if version < _FULLY:
        return warning(check, f"Ollama {answer.version} is old.", _UPDATE)
    return ok(check, f"It is Ollama {answer.version}.")


def _features(answer: Answer, version: Version | None) -> Finding:
    check = "server.features"
    if version is None:
        return unknown(check, "without its version it is not known what it lacks")
    lacks = [words for since, words in _FEATURES if version < since]
    if not lacks:
        return ok(check, "It has all that this program makes use of.")
    sentence = f"With Ollama {answer.version} {_listed(lacks)}."
    return ok(check, sentence) if version >= _FULLY else warning(check, sentence, _UPDATE)


def _clock(answer: Answer) -> Finding:
    check = "server.clock"
    if answer.clock_ahead is None:
        return unknown(check, "the server did not tell the time")
    if not answer.clock_ahead:
        return ok(check, "Its clock and this machine's agree.")
    off = duration(abs(answer.clock_ahead))
    words = (
        f"Its clock is {off} {'ahead of' if answer.clock_ahead > 0 else 'behind'} this machine's: "
        "so much are the ages of models off; when one unloads is told right all the same."
    )
    return warning(check, words, _SET_CLOCKS)


def _listed(words: list[str]) -> str:
    return ", and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
