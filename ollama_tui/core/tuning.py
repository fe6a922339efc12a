"""What can be edited of a model, its parameters and its system prompt, as a value and as text."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ollama_tui.core.errors import InvalidInput, Refused
from ollama_tui.core.modelfile import Command, commands_of, in_line, quoted
from ollama_tui.core.parameters import PARAMETERS, Kind, Value, parameter, texts_of
from ollama_tui.core.text import clean, clean_lines, storable

_HINTED = ("num_ctx", "temperature", "top_p", "top_k", "repeat_penalty", "num_predict", "seed",
           "stop")  # fmt: skip
_UNSET = "<nil>"
"""What the server shows of a parameter that was set to nothing."""
_ESCAPE = re.compile(r"\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|.)", re.ASCII | re.DOTALL)
_BARE = re.compile(r"[\w.+-]+")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
            "\\": "\\", '"': '"', "'": "'"}  # fmt: skip

_TOP = """\
# The parameters and the system prompt of {name}
#
# Change, add or delete the lines that begin with PARAMETER or SYSTEM, save,
# and close the editor. The difference is shown then, and nothing is sent
# before you say yes. Closed without a change, nothing is done.
# Lines that begin with # are not read; FROM, TEMPLATE and the rest stay.
"""


@dataclass(frozen=True, slots=True)
class Tuning:
    """The parameters and the system prompt of a model."""

    parameters: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """By name; some that this program does not know may be among them."""
    system: str = ""
    """Empty if there is none."""

    def changed(
        self, given: Mapping[str, Value], unset: Iterable[str] = (), system: str | None = None
    ) -> Tuning:
        """This one with some parameters set, others left out, and another system prompt.

        Raises:
            InvalidInput: when a parameter that is to be left out is not there.
        """
        left = dict(self.parameters)
        for name in unset:
            if left.pop(name, None) is None:
                raise InvalidInput(f"the parameter {clean(name, 40)} is not set")
        return Tuning({**left, **given}, self.system if system is None else system)


def tuning_of(shown: Mapping[str, object]) -> Tuning:
    """What an answer of `/api/show` tells, each character as it is there that UTF-8 can hold."""
    found: dict[str, list[str]] = {}
    for line in storable(str(shown.get("parameters") or "")).split("\n"):
        name, _, text = line.strip().partition(" ")
        text = text.strip()
        if name and text != _UNSET:
            found.setdefault(name, []).append(_unquoted(text))
    parameters = {name: _told(name, texts) for name, texts in found.items()}
    return Tuning(parameters, storable(str(shown.get("system") or "")))


def text_of(tuning: Tuning, name: str) -> str:
    """The text that is edited: what there is, and hints at what there could be.

    Raises:
        Refused: when it has a text that no Modelfile can hold.
    """
    if not is_writable(tuning):
        raise Refused(
            f"a text of {name} cannot stand in a Modelfile, which ends one at quotes",
            "`ollama-tui edit` with --set, --unset or --system changes it without an editor.",
        )
    hints = "".join(map(_hint, (one for one in _HINTED if one not in tuning.parameters)))
    system = "" if tuning.system else '\n# SYSTEM """You are a helpful assistant."""\n'
    # Some editors begin a line below a comment as another one, so that none is the last.
    return f"{_TOP.format(name=name)}\n{bare_text_of(tuning)}{system}\n{hints}\n"


def bare_text_of(tuning: Tuning) -> str:
    """The same without comments, always in the same order."""
    known = [name for name in PARAMETERS if name in tuning.parameters]
    others = sorted(name for name in tuning.parameters if name not in PARAMETERS)
    lines = [line for name in known + others for line in _lines(name, tuning.parameters[name])]
    if tuning.system:
        lines.append(f'SYSTEM """{tuning.system}"""')
    return "".join(f"{line}\n" for line in lines)


def tuning_from(text: str, before: Tuning) -> Tuning:
    """What a text says.

    Args:
        text: PARAMETER and SYSTEM lines of a Modelfile.
        before: what the model has; its parameters that are unknown here may stay as they are.

    Raises:
        InvalidInput: when a line is wrong; it is named.
    """
    found: dict[str, list[Value]] = {}
    system: str | None = None
    for command in commands_of(text):
        try:
            if command.word == "parameter":
                _add(found, command, before)
            elif command.word != "system":
                raise InvalidInput(f"{command.word.upper()} cannot be changed here")
            elif system is not None:
                raise InvalidInput("there is a SYSTEM already")
            else:
                system = command.value
        except InvalidInput as error:
            raise in_line(command.line, error) from error
    parameters = {name: _gathered(values) for name, values in found.items()}
    # What is unknown here was not read, so that it is compared as it is written.
    for name in parameters.keys() - PARAMETERS.keys():
        if parameters[name] != before.parameters.get(name):
            parameter(name)
    return Tuning(parameters, system or "")


def edited_from(text: str, before: Tuning) -> Tuning:
    """The same of a text that somebody edited, which should not be in vain.

    Raises:
        InvalidInput: when a line is wrong, or none that counts is different.
    """
    after = tuning_from(text, before)
    if after == before:
        raise InvalidInput(
            "no PARAMETER or SYSTEM line is different", "Lines that begin with # are not read."
        )
    return after


def parameters_from(pairs: Iterable[str]) -> dict[str, Value]:
    """The parameters that some `NAME=VALUE` say; what can be given often is gathered.

    Raises:
        InvalidInput: when there is none of that name, or it cannot have that value.
    """
    found: dict[str, list[Value]] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign:
            raise InvalidInput(f"{pair[:60]!r} is not NAME=VALUE", "Such as num_ctx=8192.")
        found.setdefault(name, []).append(parameter(name).read(text))
    return {name: _gathered(values) for name, values in found.items()}


def is_writable(tuning: Tuning) -> bool:
    """Whether a Modelfile can hold it: some texts cannot stand between its quotes."""
    told = [(name, text) for name, value in tuning.parameters.items() for text in texts_of(value)]
    if tuning.system:
        told.append(("", tuning.system))
    try:
        read = [(one.name, one.value) for one in commands_of(bare_text_of(tuning))]
    except InvalidInput:
        return False
    return sorted(read) == sorted(told)


def difference(before: Tuning, after: Tuning) -> tuple[str, ...]:
    """The lines that differ, with `+` or `-` before them, and one line around them."""
    lines = difflib.unified_diff(
        bare_text_of(before).split("\n")[:-1], bare_text_of(after).split("\n")[:-1], n=1
    )
    return tuple("…" if line.startswith("@@") else clean_lines(line) for line in lines)[3:]


def _add(found: dict[str, list[Value]], command: Command, before: Tuning) -> None:
    name, text = command.name, command.value
    if name not in PARAMETERS and name in before.parameters:
        value: Value = (text,)
    else:
        value = parameter(name).typed(text)
        if value != before.parameters.get(name):
            parameter(name).read(text)
    if name in found and not isinstance(value, tuple):
        raise InvalidInput(f"`{name}` is there already")
    found.setdefault(name, []).append(value)


def _gathered(values: list[Value]) -> Value:
    """All values of a parameter that can be given several times; the last one of another."""
    texts = [text for value in values if isinstance(value, tuple) for text in value]
    return tuple(texts) if texts else values[-1]


def _told(name: str, texts: list[str]) -> Value:
    """The value that the server tells; one of the wrong type as it is written."""
    known = PARAMETERS.get(name)
    if known is None or known.kind is Kind.TEXTS or texts[1:]:
        return tuple(texts)
    try:
        return known.typed(texts[0])
    except InvalidInput:
        return texts[0]


def _lines(name: str, value: Value) -> Iterator[str]:
    is_text = name in PARAMETERS and PARAMETERS[name].kind is Kind.TEXTS
    for text in texts_of(value):
        is_bare = _BARE.fullmatch(text) is not None and not is_text
        yield f"PARAMETER {name} {text if is_bare else quoted(text)}"


def _hint(name: str) -> str:
    one = PARAMETERS[name]
    value = quoted(one.example) if one.kind is Kind.TEXTS else one.example
    return f"# {one.meaning}:\n# PARAMETER {name} {value}\n"


def _unquoted(text: str) -> str:
    """A text out of the quotes that Go puts around it (strconv.Quote)."""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    return _ESCAPE.sub(_meant, text[1:-1])


def _meant(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) == 1:
        return _ESCAPED.get(code, match[0])
    number = int(code[1:], 16)
    # What Go never writes stays as it is.
    is_character = number <= sys.maxunicode and not 0xD800 <= number <= 0xDFFF
    return chr(number) if is_character else match[0]
