"""The installed models as one immutable collection."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, partial
from itertools import pairwise
from types import MappingProxyType

from ollama_tui.core.errors import NoSuchModel
from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.core.models import Model
from ollama_tui.core.names import name_key
from ollama_tui.core.spelling import advice
from ollama_tui.core.text import clean, in_shell

Verdicts = Mapping[str, Verdict]
"""Whether models fit, by their keys; those of which it is not known are left out."""
NO_VERDICTS: Verdicts = MappingProxyType({})
WORDS_AT_MOST = 512 * 1024
"""Bytes of a model that are not its weights: licences, template, parameters."""


class Column(Enum):
    """What a list of models can be sorted by."""

    NAME = "name"
    SIZE = "size"
    PARAMETERS = "params"
    QUANTIZATION = "quant"
    CONTEXT = "ctx"
    CAPABILITIES = "can"
    FIT = "fit"
    AGE = "age"


@dataclass(frozen=True)
class Library:
    """The models that a server has installed."""

    # No slots: what is derived of all models is computed once, when it is first asked for.
    models: tuple[Model, ...] = ()

    def __len__(self) -> int:
        """How many models there are."""
        return len(self.models)

    def __iter__(self) -> Iterator[Model]:
        """The models, in the collection's order."""
        return iter(self.models)

    def get(self, name: str) -> Model | None:
        """The model of that name: `gemma3` means `gemma3:latest`, letter case is folded."""
        return self._by_name.get(name.casefold()) or self._by_name.get(name_key(name))

    def installed(self, name: str, *, can_be_pulled: bool = False) -> Model:
        """The model of that name.

        Args:
            name: in any spelling.
            can_be_pulled: whether one that is not installed may be wanted all the same.

        Raises:
            NoSuchModel: when there is none.
        """
        model = self.get(name)
        if model is None:
            shown = clean(name, 100)
            listed = "`ollama-tui ls` lists what is."
            remedy = advice(
                shown, (one.name.removesuffix(":latest") for one in self.models), listed
            )
            if can_be_pulled:
                pull = f"`ollama-tui pull {in_shell(shown)}` fetches it."
                remedy = pull if remedy == listed else f"{remedy} {pull}"
            raise NoSuchModel(f"no model {shown} is installed", remedy)
        return model

    @cached_property
    def disk_size(self) -> int:
        """Bytes of the local models, two names of one digest counted once."""
        sizes = {model.digest or model.name: model.size or 0 for model in self.models}
        return sum(sizes.values())

    @cached_property
    def untold(self) -> tuple[Model, ...]:
        """The models of which the list does not tell the context."""
        return tuple(model for model in self.models if model.context_length is None)

    @cached_property
    def may_share(self) -> bool:
        """Whether models of different digests are as large, but for words: of the same weights."""
        sizes = sorted({model.digest: model.size for model in self.models if model.size}.values())
        return any(after - size <= WORDS_AT_MOST for size, after in pairwise(sizes))

    def aliases_of(self, model: Model) -> tuple[str, ...]:
        """The other names of the same digest."""
        names = self._names_by_digest.get(model.digest, ()) if model.digest else ()
        return tuple(name for name in names if name != model.name)

    def matching(self, text: str) -> Library:
        """The models whose names hold each of the words, letter case folded."""
        words = text.casefold().split()
        if not words:
            return self
        return Library(
            tuple(m for m in self.models if all(word in m.name.casefold() for word in words))
        )

    def sorted_by(
        self, column: Column, *, reverse: bool = False, verdicts: Verdicts = NO_VERDICTS
    ) -> Library:
        """The models in a total order: what is unknown comes last, ties go by name.

        Args:
            column: what they are sorted by.
            reverse: whether the other way round.
            verdicts: which of them fit, which the models themselves do not tell.
        """
        key = _KEYS.get(column) or partial(_rank, verdicts)
        by_name = sorted(self.models, key=_by_name)
        known = [model for model in by_name if key(model) is not None]
        unknown = [model for model in by_name if key(model) is None]
        known.sort(key=key, reverse=reverse)  # type: ignore[arg-type]
        return Library((*known, *unknown))

    def fitting(self, verdicts: Verdicts) -> Library:
        """The models but those that are known not to fit."""
        keys = {key for key, verdict in verdicts.items() if verdict is not Verdict.FITS}
        return Library(tuple(model for model in self.models if model.key not in keys))

    def without(self, names: Iterable[str]) -> Library:
        """The models but these."""
        gone = {name.casefold() for name in names}
        return Library(tuple(m for m in self.models if m.name.casefold() not in gone))

    @cached_property
    def _by_name(self) -> dict[str, Model]:
        return {model.name.casefold(): model for model in self.models}

    @cached_property
    def _names_by_digest(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for model in self.models:
            names.setdefault(model.digest, []).append(model.name)
        return names


def parameter_count(words: str) -> float | None:
    """How many parameters `14.8B` or `137M` are; None if that cannot be read."""
    number, unit = words[:-1], words[-1:].upper()
    scale = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(unit)
    experts, times, each = number.partition("x")
    try:
        count = float(experts) * float(each) if times else float(number)
    except ValueError:
        return None
    return count * scale if scale and math.isfinite(count) else None


def _by_name(model: Model) -> str:
    return model.name.casefold()


def _rank(verdicts: Verdicts, model: Model) -> float | None:
    verdict = verdicts.get(model.key)
    return None if verdict is None else list(Verdict).index(verdict)


_Key = Callable[[Model], str | float | tuple[str, ...] | None]
_KEYS: dict[Column, _Key] = {
    Column.NAME: _by_name,
    Column.SIZE: lambda model: model.size,
    Column.PARAMETERS: lambda model: parameter_count(model.parameter_size),
    Column.QUANTIZATION: lambda model: model.quantization or None,
    Column.CONTEXT: lambda model: model.context_length,
    Column.CAPABILITIES: lambda model: model.capabilities or None,
    # The newest first is what one expects of an age that rises.
    Column.AGE: lambda model: None if model.modified is None else -model.modified,
}
