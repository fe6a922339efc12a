"""Where models are pulled from: what can be had, how fast, and what goes wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ollama_tui.demo.manifests import Manifest
from ollama_tui.demo.names import DEFAULT_HOST, Name, parse_name
from ollama_tui.demo.wire import Refusal


class PullFaultKind(Enum):
    """The ways in which a pull goes wrong."""

    ERROR = "error"
    """The stream ends with an error line."""
    STALL = "stall"
    """Nothing more arrives, and the server says nothing about it."""
    BREAK = "break"
    """The registry drops the connection: nothing arrives, and letting go takes a while."""
    BACKWARDS = "backwards"
    """Bytes that had arrived are thrown away once, then it goes on."""
    TRUNCATE = "truncate"
    """The stream ends in good order, but without `success`."""
    ABORT = "abort"
    """The connection to the client breaks."""


@dataclass(frozen=True, slots=True)
class PullFault:
    """Something that goes wrong with a pull, and when."""

    kind: PullFaultKind
    at: float = 0.0
    """The share of the layer that has arrived; an error at 0 stands in for the manifest, an
    error at 1 follows `verifying sha256 digest`."""
    text: str = ""
    """The error's words."""
    lost: int = 0
    """Bytes that BACKWARDS takes away."""
    spoils: bool = False
    """The error takes the bytes with it, as a wrong digest does."""


class Registry:
    """The models that can be pulled."""

    def __init__(
        self, models: Mapping[str, Manifest] | None = None, rate: float = math.inf
    ) -> None:
        """Offer models by name, at so many bytes a second for each download."""
        names = {name: parse_name(name) for name in models or {}}
        self._models = {names[name].key: model for name, model in (models or {}).items()}
        self._hosts = {DEFAULT_HOST} | {name.host for name in names.values()}
        self.rate = rate
        self.faults: dict[str, PullFault] = {}
        """What goes wrong, by the name as shown (`qwen3:32b`); `*` stands for every model."""

    @property
    def manifests(self) -> list[Manifest]:
        """What all the models are made of."""
        return list(self._models.values())

    def fault(self, name: Name) -> PullFault | None:
        """Return what goes wrong with this model now, or None."""
        return self.faults.get(name.shown) or self.faults.get("*")

    def manifest(self, name: Name, insecure: bool) -> Manifest:
        """Return a model's manifest, or raise the error that ends the pull."""
        fault = self.fault(name)
        if fault and fault.kind is PullFaultKind.ERROR and not fault.at:
            raise Refusal(500, fault.text)
        if name.host not in self._hosts:
            raise Refusal(500, f"pull model manifest: {_unreachable(name, insecure)}")
        model = self._models.get(name.key)
        if model is None:
            raise Refusal(500, "pull model manifest: file does not exist")
        return model


def _unreachable(name: Name, insecure: bool) -> str:
    scheme = "http" if insecure else "https"
    url = f"{scheme}://{name.host}/v2/{name.namespace}/{name.model}/manifests/{name.tag}"
    host, _, port = name.host.partition(":")
    if host.replace(".", "").isdigit():
        reason = f"dial tcp {host}:{port or 443}: connect: connection refused"
    else:
        reason = f"dial tcp: lookup {host}: no such host"
    return f'Get "{url}": {reason}'
