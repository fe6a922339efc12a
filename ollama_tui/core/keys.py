"""Names of keys: how people write them, and how the user binds an act to others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ollama_tui.core.acts import Act, Panel
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.spelling import advice
from ollama_tui.core.text import clean

_SIGNS = {
    "enter": "↵",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "up": "↑",
    "down": "↓",
    "f1": "F1",
}
_CHARACTERS = {
    "/": "slash",
    "?": "question_mark",
    ":": "colon",
    ";": "semicolon",
    ".": "full_stop",
    "!": "exclamation_mark",
    "-": "minus",
    "+": "plus",
    "=": "equals_sign",
    "_": "underscore",
    "@": "at",
    "#": "number_sign",
    "$": "dollar_sign",
    "%": "percent_sign",
    "&": "ampersand",
    "*": "asterisk",
    "'": "apostrophe",
    "<": "less_than_sign",
    ">": "greater_than_sign",
}
_NAMES = {name: character for character, name in _CHARACTERS.items()}
_NAMED = {
    *("enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end"),
    *("pageup", "pagedown", "up", "down", "left", "right"),
    *_CHARACTERS.values(),
}
_FUNCTION_KEYS = {f"f{number}" for number in range(1, 25)}


class UnusableKey(InvalidInput):
    """Keys that cannot be bound as they were to be."""

    def __init__(self, act: str, what: str, remedy: str) -> None:
        """Say what is wrong with the keys of an act.

        Args:
            act: the id under which they were given.
            what: as in every error.
            remedy: likewise.
        """
        super().__init__(what, remedy)
        self.act = act


def key_sign(key: str) -> str:
    """A key as people write it: `↵`, `^p`, `?`."""
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    return _SIGNS.get(key) or _NAMES.get(key, key)


def elsewhere(acts: Iterable[Act], key: str, panel: Panel) -> str:
    """In which other panels a key works, in words; empty if it works in this one, or in none."""
    meant = [act for act in acts if key in act.keys]
    if any(act.works_in(panel) for act in meant):
        return ""
    others = [other.value for other in Panel if any(act.works_in(other) for act in meant)]
    return f"{key_sign(key)} works in {', '.join(others)}." if others else ""


def rebound(acts: Iterable[Act], keys: Mapping[str, str]) -> tuple[Act, ...]:
    """The acts with the user's own keys.

    Args:
        acts: the table.
        keys: act id to keys, separated by commas.

    Raises:
        UnusableKey: for an unknown id, an unknown key name, or two acts on one key.
    """
    acts = tuple(acts)
    known = {act.id for act in acts}
    for name in keys:
        if name not in known:
            remedy = advice(name, known, "The README lists them all.")
            raise UnusableKey(name, f"there is no act {clean(name, 40)!r}", remedy)
    bound = tuple(
        replace(act, keys=_read(act.id, keys[act.id])) if act.id in keys else act for act in acts
    )
    _refuse_clashes(bound, keys)
    return bound


def _read(act: str, text: str) -> tuple[str, ...]:
    keys = tuple(_CHARACTERS.get(key.strip(), key.strip()) for key in text.split(","))
    for key in keys:
        if not _is_key(key):
            what = f"{clean(key, 40)!r} for {act} is no key"
            raise UnusableKey(act, what, "Write it as a, A, f5, ctrl+a, space or backspace.")
    return keys


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+")
    if any(modifier not in ("ctrl", "shift") for modifier in modifiers):
        return False
    if len(last) == 1:
        return last.isascii() and last.isalnum()
    return last in _NAMED or last in _FUNCTION_KEYS


def _refuse_clashes(acts: tuple[Act, ...], keys: Mapping[str, str]) -> None:
    seen: list[tuple[str, Act]] = []
    for act in acts:
        for key in act.keys:
            for other_key, other in seen:
                if key == other_key and act.meets(other):
                    raise UnusableKey(
                        act.id if act.id in keys else other.id,
                        f"the key {key!r} is bound to {other.id} and to {act.id}",
                        "Give one of them another key.",
                    )
            seen.append((key, act))
