"""The body of a request, read with the errors that Go's JSON decoder gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ollama_tui.demo.wire import Refusal, Request

_COMPLAINTS = {
    "Expecting property name enclosed in double quotes": (
        "looking for beginning of object key string"
    ),
    "Expecting ':' delimiter": "after object key",
    "Expecting ',' delimiter": "after object key:value pair",
    "Invalid control character at": "in string literal",
}


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one request; their names are in lower case, as Go does not mind the case."""

    kind: str
    """What Ollama calls the request, such as `PullRequest`; errors name it."""
    values: Mapping[str, object]

    def text(self, *names: str) -> str:
        """Return the first of these fields that is given, or the empty string."""
        for name in names:
            value = self.values.get(name)
            if value is not None and not isinstance(value, str):
                raise self._mismatch(name, value, "string")
            if value:
                return value
        return ""

    def flag(self, name: str, default: bool) -> bool:
        """Return a field that is true or false."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._mismatch(name, value, "bool")
        return value

    def mapping(self, name: str) -> Mapping[str, object]:
        """Return a field that is an object; empty when it is absent."""
        value = self.values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._mismatch(name, value, "map[string]interface {}")
        return value

    def _mismatch(self, name: str, value: object, wanted: str) -> Refusal:
        return Refusal(
            400,
            f"json: cannot unmarshal {_go_type(value)} into Go struct field "
            f"{self.kind}.{name} of type {wanted}",
        )


def fields_of(request: Request, kind: str) -> Fields:
    """Read a request's body, or refuse it as the server does."""
    text = request.body.decode(errors="replace").lstrip()
    if not text:
        raise Refusal(400, "missing request body")
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        raise Refusal(400, _complaint(text, error)) from error
    if value is None:
        value = {}
    if not isinstance(value, dict):
        what = _go_type(value)
        raise Refusal(400, f"json: cannot unmarshal {what} into Go value of type api.{kind}")
    return Fields(kind, {name.lower(): item for name, item in value.items()})


def _complaint(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text) or error.msg.startswith("Unterminated"):
        return "unexpected EOF"
    what = _COMPLAINTS.get(error.msg, "looking for beginning of value")
    return f"invalid character '{text[error.pos]}' {what}"


def _go_type(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
