"""The names of models: read, checked and completed as Ollama does it."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_HOST = "registry.ollama.ai"
"""Where models come from when a name says nothing else."""

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")


class InvalidName(ValueError):
    """A text that names no model."""


@dataclass(frozen=True, slots=True)
class Name:
    """A complete name: where a model comes from, whose it is, what it is called, which one."""

    host: str
    namespace: str
    model: str
    tag: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What two names have in common when they mean the same model."""
        return (
            self.host.casefold(),
            self.namespace.casefold(),
            self.model.casefold(),
            self.tag.casefold(),
        )

    @property
    def shown(self) -> str:
        """The name as the server prints it: without the defaults, always with the tag."""
        path = f"{self.model}:{self.tag}"
        if self.host != DEFAULT_HOST:
            return f"{self.host}/{self.namespace}/{path}"
        return path if self.namespace == "library" else f"{self.namespace}/{path}"


def parse_name(text: str) -> Name:
    """Complete a name with the defaults, or raise InvalidName."""
    path = text.strip().partition("://")[2] or text.strip()
    tag = "latest"
    if ":" in path[path.rfind("/") + 1 :]:
        path, _, tag = path.rpartition(":")
    parts = path.split("/")
    if len(parts) > 3:
        raise InvalidName(text)
    host, namespace, model = [DEFAULT_HOST, "library"][: 3 - len(parts)] + parts
    if not (
        _HOST.fullmatch(host)
        and _NAMESPACE.fullmatch(namespace)
        and _PART.fullmatch(model)
        and _PART.fullmatch(tag)
    ):
        raise InvalidName(text)
    return Name(host, namespace, model, tag)


def parse_sourced_name(text: str) -> Name:
    """Complete a name that may end in `:local` or `:cloud`, which say where it runs."""
    path, slash, last = text.strip().rpartition("/")
    parts = last.split(":")
    if parts[-1] == "local" and len(parts) > 1:
        parts.pop()
        if parts[-1] == "cloud" and len(parts) > 1:
            raise InvalidName(f'use either :local or :cloud, not both: "{text}"')
    elif parts[-1] == "cloud" and len(parts) == 3:
        parts = [parts[0], f"{parts[1]}-cloud"]
    return parse_name(path + slash + ":".join(parts))
