"""Ollama's parameters: which there are, of which type, and how they are written.

They are the fields of `Options` and `Runner` of Ollama 0.32
(https://github.com/ollama/ollama/blob/v0.32.15/api/types.go#L568-L596). The server itself takes
any name and any type, and fails when the model is loaded, so that they are checked here.
A share has its bounds; temperature has no upper one there either
(https://github.com/ollama/ollama/blob/v0.24.0/sample/samplers.go#L130-L156).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.spelling import advice

Value = bool | int | float | str | tuple[str, ...]

_WHOLE_AT_MOST = 2**31 - 1
_TRUE = ("1", "t", "T", "true", "True", "TRUE")
_FALSE = ("0", "f", "F", "false", "False", "FALSE")


class Kind(Enum):
    """The type of a parameter, in words."""

    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    TEXTS = "a text"
    """It can be given several times."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter."""

    name: str
    kind: Kind
    meaning: str
    least: float = -math.inf
    most: float = math.inf
    example: str = ""
    """A value that is often wanted; empty for a parameter that few need."""

    def read(self, text: str) -> Value:
        """The value that a text stands for; of one that can be given often, a tuple of one.

        Raises:
            InvalidInput: when it has another type, or is out of range.
        """
        value = self.typed(text)
        if isinstance(value, int | float) and not self.least <= value <= self.most:
            raise InvalidInput(f"`{self.name}` must be {self._range()}, and not {text[:40]}")
        return value

    def typed(self, text: str) -> Value:
        """The same, whether it is in range or not.

        Raises:
            InvalidInput: when it has another type.
        """
        if self.kind is Kind.TEXTS:
            if not text:
                raise InvalidInput(f"`{self.name}` has no value")
            return (text,)
        if self.kind is Kind.FLAG:
            if text not in _TRUE + _FALSE:
                raise self._wrong(text)
            return text in _TRUE
        number = _number(text)
        if number is None or (self.kind is Kind.WHOLE and not number.is_integer()):
            raise self._wrong(text)
        return int(number) if self.kind is Kind.WHOLE else number

    def _wrong(self, text: str) -> InvalidInput:
        return InvalidInput(f"`{self.name}` must be {self.kind.value}, and not {text[:40]!r}")

    def _range(self) -> str:
        if self.most in (math.inf, _WHOLE_AT_MOST):
            return f"{self.least:g} or more"
        return f"{self.least:g} to {self.most:g}"


def _whole(name: str, least: int, meaning: str, example: str = "") -> Parameter:
    return Parameter(name, Kind.WHOLE, meaning, least, _WHOLE_AT_MOST, example)


def _number_of(
    name: str, meaning: str, most: float = math.inf, *, least: float = 0, example: str = ""
) -> Parameter:
    return Parameter(name, Kind.NUMBER, meaning, least, most, example)


_IN_ORDER = (
    _whole("num_ctx", 4, "tokens that it keeps in mind; more take more memory", "8192"),
    _number_of("temperature", "0 always takes the likeliest word; more is bolder", example="0.8"),
    _number_of("top_p", "only words that make up this share of likelihood", 1, example="0.9"),
    _whole("top_k", 0, "only so many of the likeliest words; 0 is no limit", "40"),
    _number_of("min_p", "only words this likely, measured by the likeliest", 1, example="0.05"),
    _number_of("repeat_penalty", "above 1 it repeats itself less; 1 is off", example="1.1"),
    _whole("repeat_last_n", -1, "tokens that it looks back for that; -1 is num_ctx"),
    _number_of("presence_penalty", "more for words that were there already", 2, least=-2),
    _number_of("frequency_penalty", "more for words that were there often", 2, least=-2),
    _number_of("typical_p", "only words about as likely as is usual; 1 is off", 1),
    _whole("num_predict", -2, "tokens of an answer at most; -1 is no limit", "-1"),
    _whole("num_keep", -1, "tokens of the beginning that stay when it forgets"),
    _whole("seed", -_WHOLE_AT_MOST, "the same number gives the same answer again", "42"),
    Parameter(
        "stop", Kind.TEXTS, "an answer ends before this text; there can be several", example="User:"
    ),
    _whole("num_gpu", -1, "layers on the GPU; -1 is as many as fit, 0 none"),
    _whole("main_gpu", 0, "the GPU for small tensors"),
    _whole("num_thread", 0, "threads on the CPU; 0 lets Ollama choose"),
    _whole("num_batch", 1, "tokens that are read at once"),
    Parameter("use_mmap", Kind.FLAG, "map the file into memory in place of reading it"),
    _whole("draft_num_predict", 0, "tokens that a draft model runs ahead"),
)

PARAMETERS: Mapping[str, Parameter] = MappingProxyType({one.name: one for one in _IN_ORDER})
"""By name, those first that are changed most."""


def parameter(name: str) -> Parameter:
    """The parameter of that name.

    Raises:
        InvalidInput: when there is none.
    """
    found = PARAMETERS.get(name)
    if found is None:
        known = f"There are {', '.join(PARAMETERS)}."
        remedy = advice(name.lower(), PARAMETERS, known)
        raise InvalidInput(f"Ollama has no parameter {name[:40]!r}", remedy)
    return found


def texts_of(value: Value) -> tuple[str, ...]:
    """The values of a parameter, as they are written."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, float) and value.is_integer():
        return (str(int(value)),)
    return (str(value),)


def _number(text: str) -> float | None:
    # Python takes blanks, underscores and digits of every script; Go does not.
    if not text.isascii() or "_" in text or text != text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
