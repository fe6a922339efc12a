"""What a server has, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from ollama_tui.core.keep_alive import FOR_EVER

PINNED_FROM = 20 * 365 * 86400
"""Seconds ahead from which Ollama's own command calls an expiry `Forever` (cmd/cmd.go)."""

PARTS = ("facts", "parameters", "system", "template", "licence", "modelfile")
"""What can be told of a model, in the order in which it is shown."""


@dataclass(frozen=True, slots=True)
class Model:
    """An installed model, as `/api/tags` lists it."""

    name: str
    """With its tag, as the server spells it."""
    size: int | None = None
    """Bytes of all its layers; None if the server does not say or the model is in the cloud."""
    digest: str = ""
    """Hexadecimal, of its manifest; two names of one digest are the same model."""
    modified: float | None = None
    """Seconds since 1970; None if the server does not say."""
    family: str = ""
    parameter_size: str = ""
    """As the server words it: `14.8B`."""
    quantization: str = ""
    context_length: int | None = None
    """Tokens it was trained for; None before Ollama 0.30."""
    capabilities: tuple[str, ...] = ()
    """Empty before Ollama 0.30."""
    remote_host: str = ""
    """Where a cloud model runs; empty for a local one."""

    @property
    def key(self) -> str:
        """What two names of the same model have in common."""
        return self.digest or self.name

    @property
    def is_cloud(self) -> bool:
        """Whether it runs elsewhere, so that it takes neither disk nor memory here."""
        return bool(self.remote_host)


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A loaded model, as `/api/ps` reports it."""

    name: str
    digest: str = ""
    size: int = 0
    """Bytes of memory in all."""
    size_vram: int = 0
    """Bytes of it on GPUs."""
    context_length: int | None = None
    """Tokens it was loaded with; None before Ollama 0.10."""
    expires_at: float | None = None
    """Seconds since 1970, by the server's clock; None if the server does not say."""

    @property
    def gpu_share(self) -> float | None:
        """The part of it on GPUs, 0 to 1; None where the two sizes contradict each other."""
        if self.size <= 0 or self.size_vram > self.size:
            return None if self.size_vram else 0.0
        return self.size_vram / self.size

    @property
    def is_spilled(self) -> bool:
        """Whether a part of it, or all, is not on a GPU."""
        return self.gpu_share is not None and self.gpu_share < 1

    @property
    def cpu_bytes(self) -> int:
        """Bytes of it that are not on a GPU."""
        return max(0, self.size - self.size_vram)

    def is_pinned(self, now: float) -> bool:
        """Whether it stays loaded for ever."""
        return self.expires_at is not None and self.expires_at - now > PINNED_FROM

    def time_left(self, now: float) -> float | None:
        """Seconds until it unloads, negative for ever; None if that is not known.

        Nothing is known of one that is overdue: it is at work, or on its way out.
        """
        if self.is_pinned(now):
            return FOR_EVER
        left = (self.expires_at or 0) - now
        return left if left > 0 else None

    def is_of(self, model: Model) -> bool:
        """Whether it is this installed model, under this name or another of the same digest."""
        if self.digest and model.digest:
            return self.digest == model.digest
        return self.name.casefold() == model.name.casefold()


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """What `/api/show` tells of one model."""

    name: str
    family: str = ""
    families: tuple[str, ...] = ()
    parameter_size: str = ""
    quantization: str = ""
    architecture: str = ""
    context_length: int | None = None
    embedding_length: int | None = None
    capabilities: tuple[str, ...] = ()
    parameters: str = ""
    """A line for each, `name value`."""
    template: str = ""
    system: str = ""
    licence: str = ""
    modelfile: str = ""

    @property
    def length(self) -> int:
        """How many characters its texts have; it may be millions."""
        texts = (self.parameters, self.template, self.system, self.licence, self.modelfile)
        return sum(map(len, texts))


class ServerState(Enum):
    """How the server answered last."""

    UNKNOWN = "unknown"
    """It was not asked yet."""
    ALIVE = "alive"
    """`ps` answered, which is what Ollama's own clients mean by running."""
    LIMITED = "limited"
    """It answers but has no `ps`: it is older than 0.1.38, or only resembles Ollama."""
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Server:
    """The server that is watched, and how it is."""

    url: str
    """Without a user name and password."""
    label: str
    """What people call the box."""
    state: ServerState = ServerState.UNKNOWN
    version: str = ""
    """Empty until it said."""
    failure: str = ""
    """What came back from the last try; empty if it answered."""
    remedy: str = ""
    since: float | None = None
    """When it went down, seconds since 1970; None while it is up."""
    next_try: float = 0
    """Seconds from the last try to the next."""

    @property
    def is_down(self) -> bool:
        """Whether the last try failed."""
        return self.state is ServerState.DOWN

    def named(self, version: str) -> Server:
        """This server after it said its version."""
        return replace(self, version=version)

    def answered(self) -> Server:
        """This server after `ps` answered."""
        return replace(self, state=ServerState.ALIVE, failure="", remedy="", since=None, next_try=0)

    def limited(self, failure: str) -> Server:
        """This server after it said that it has no `ps`."""
        return replace(
            self, state=ServerState.LIMITED, failure=failure, remedy="", since=None, next_try=0
        )

    def failed(self, failure: str, remedy: str, now: float) -> Server:
        """This server after a try that failed; the longer it is away the rarer are the tries.

        They end up at two a minute. Those that somebody asks for make the others no rarer.
        """
        since = now if self.since is None else self.since
        return replace(
            self,
            state=ServerState.DOWN,
            failure=failure,
            remedy=remedy,
            since=since,
            next_try=min(30.0, max(2.0, now - since)),
        )


@dataclass(frozen=True, slots=True)
class LoadingModel:
    """A model that this program is loading."""

    name: str
    since: float
    """Seconds since 1970."""
    last_seconds: float | None = None
    """How long it took the last time; None if that is not known."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A model that is to be deleted."""

    digest: str
    """What it was when that was decided; with another digest by then it is another model."""
    until: float
    """Until when that can be taken back, seconds since 1970."""
    has_begun: bool = False
    """Whether it cannot be any more."""
