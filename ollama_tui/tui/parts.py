"""What the dashboard works with, beside its own files."""

from __future__ import annotations

from dataclasses import dataclass, field

from ollama_tui.core.downloads import Downloads
from ollama_tui.core.machine import Machine
from ollama_tui.core.preflight import Preflight
from ollama_tui.core.service import OllamaService


@dataclass(frozen=True, slots=True)
class Parts:
    """One server, and who downloads from it."""

    service: OllamaService
    downloads: Downloads
    preflight: Preflight | None = None
    """Looks ahead at what a download will take; None: nobody does."""
    machine: Machine = field(default_factory=Machine)
    """Looks at the server's machine."""
