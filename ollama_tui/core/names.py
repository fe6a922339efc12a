"""Names of models, read as Ollama reads them (types/model/name.go)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.hosts import is_loopback
from ollama_tui.core.text import clean

DEFAULT_HOST = "registry.ollama.ai"
DEFAULT_NAMESPACE = "library"
DEFAULT_TAG = "latest"

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
# What is pasted is understood when it is: to compile these takes 1 ms of each start.
_COMMAND = r"(?i)^\s*(?:\$\s*)?ollama\s+(?:run|pull)\s+"
_FLAG = r"(?:^|\s)--?(?:(?:keepalive|format)\s+\S+|[A-Za-z][\w-]*(?:=\S*)?)(?=\s|$)"
_LIBRARY_PAGE = r"(?i)^(?:www\.)?ollama\.com/(?:library/)?"
_HUGGING_FACE_PAGE = r"(?i)^((?:www\.)?(?:hf\.co|huggingface\.co))/([^/]+/[^/:]+)(:[^/]*)?(?:/.*)?$"
_FILE_PAGE = r"(?i)/(?:blob|resolve)/[^/]+/([^/]+\.gguf)$"


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's whole name, its omitted parts filled in."""

    host: str
    namespace: str
    model: str
    tag: str

    def __str__(self) -> str:
        """The shortest spelling, with the tag, as the server lists it."""
        name = f"{self.model}:{self.tag}"
        if self.host.casefold() != DEFAULT_HOST:
            return f"{self.host}/{self.namespace}/{name}"
        if self.namespace.casefold() != DEFAULT_NAMESPACE:
            return f"{self.namespace}/{name}"
        return name

    @property
    def key(self) -> str:
        """What two spellings of the same model have in common."""
        return str(self).casefold()

    def is_plain_http(self, registries: Collection[str]) -> bool:
        """Whether its registry is spoken to over plain HTTP, as Docker does it.

        Args:
            registries: hosts for which that is set.
        """
        return self.is_from_loopback or self.host.casefold() in map(str.casefold, registries)

    @property
    def is_from_loopback(self) -> bool:
        """Whether its registry is on this machine, where plain HTTP is usual."""
        return is_loopback(f"http://{self.host}")


def parse_name(text: str) -> ModelName:
    """Read a name `[host/][namespace/]model[:tag]`.

    Raises:
        InvalidInput: when the server would refuse it.
    """
    trimmed = text.strip()
    if not trimmed:
        raise InvalidInput("a model name is missing", "Type one such as qwen3:8b.")
    bare = re.sub(r"^https?://", "", trimmed)
    path, colon, tag = bare.rpartition(":")
    if not colon or "/" in tag:
        path, colon, tag = bare, "", DEFAULT_TAG
    parts = path.split("/")
    if len(parts) > 3:
        raise _invalid(trimmed, "it has too many parts")
    *front, model = parts
    namespace = front.pop() if front else DEFAULT_NAMESPACE
    host = front.pop() if front else DEFAULT_HOST
    for pattern, part in ((_HOST, host), (_NAMESPACE, namespace), (_PART, model), (_PART, tag)):
        if not pattern.fullmatch(part):
            raise _invalid(trimmed, _fault_of(part))
    return ModelName(host, namespace, model, tag)


def understand(text: str) -> str:
    """The model name in what people paste: a command, or the address of a model's page."""
    if match := re.match(_COMMAND, text):
        # What follows the name is a prompt.
        text = next(iter(re.sub(_FLAG, " ", text[match.end() :]).split()), "")
    text = text.strip().strip("\"'").strip()
    bare = re.sub(r"^https?://", "", text)
    page = bare.split("?")[0].split("#")[0].rstrip("/")
    if match := re.match(_HUGGING_FACE_PAGE, page):
        host = match[1].casefold().removeprefix("www.")
        file = re.search(_FILE_PAGE, page)
        tag = f":{file[1]}" if file else match[3] or ""
        return f"{host}/{match[2]}{tag}"
    if match := re.match(_LIBRARY_PAGE, page):
        return re.sub(r"/(?:tags|blobs/.*)$", "", page[match.end() :])
    return page if bare != text else text


def same_model(one: str, other: str) -> bool:
    """Whether two spellings name the same model."""
    return name_key(one) == name_key(other)


def each_once(names: Iterable[str]) -> list[str]:
    """The names in their order, without those that are another spelling of one before."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name_key(name), name)
    return list(first.values())


def name_key(text: str) -> str:
    """The key of a name; one that Ollama would refuse is its own key, letter case folded."""
    try:
        return parse_name(text).key
    except InvalidInput:
        return text.strip().casefold()


def _fault_of(part: str) -> str:
    if not part:
        return "a part of it is empty"
    if len(part) > 80:
        return "a part of it is longer than 80 letters"
    bad = next((letter for letter in part if not re.match(r"[A-Za-z0-9_.-]", letter)), "")
    if bad:
        return (
            "it has a blank in it"
            if bad.isspace()
            else f"{clean(bad) or 'a control character'} cannot be in it"
        )
    return f"a part of it cannot be {part[:20]}"


def _invalid(text: str, why: str) -> InvalidInput:
    shown = clean(text) if len(text) <= 40 else clean(text, 39) + "…"
    return InvalidInput(
        f"{shown!r} cannot be a model name: {why}",
        "A name looks like qwen3:8b or hf.co/user/repo:Q4_K_M.",
    )
