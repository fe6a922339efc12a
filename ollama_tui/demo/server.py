"""The parts of the emulated server, put side by side for those who answer requests."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ollama_tui.demo.clock import Clock
from ollama_tui.demo.dialect import Dialect
from ollama_tui.demo.downloads import Downloads
from ollama_tui.demo.machine import Machine
from ollama_tui.demo.names import Name, parse_name, parse_sourced_name
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.runners import Runners
from ollama_tui.demo.store import InstalledModel, Store


@dataclass(slots=True)
class Server:
    """All that a request can ask about or change."""

    dialect: Dialect
    machine: Machine
    clock: Clock
    store: Store
    registry: Registry
    chance: random.Random
    """Where the genuine server's order is that of a Go map."""
    downloads: Downloads = field(init=False)
    runners: Runners = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing on its way and nothing loaded."""
        self.downloads = Downloads(self.store, self.clock)
        self.runners = Runners(self.clock, self.machine, self.dialect.unload_seconds)

    def name(self, text: str) -> Name:
        """Complete the name in a request, as this version does."""
        return parse_sourced_name(text) if self.dialect.reads_sources else parse_name(text)

    def find(self, text: str) -> InstalledModel | None:
        """Return the model that a text names, or None; raise InvalidName."""
        return self.store.find(self.name(text))
