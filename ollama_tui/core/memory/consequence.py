"""What a load would do to what is loaded, and where it would run, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_tui.core import units
from ollama_tui.core.memory.verdict import Verdict

if TYPE_CHECKING:
    from ollama_tui.core.memory.fit import Fit


def consequence(fit: Fit) -> str:
    """What to know before a model that is not loaded is: `3.5 GiB free: gemma3:27b would go`.

    Empty where it pushes nothing out, and fits.
    """
    spills = fit.verdict is Verdict.SPILLS and (fit.total or 0) > (fit.free or 0) + fit.freed
    words = [f"{units.named(fit.evicts, 'model')} {goes(fit.verdict)}"] if fit.evicts else []
    if spills:
        words.append("a part be on the CPU" if words else "a part of it would be on the CPU")
    return f"{_reason(fit)}: {', '.join(words)}" if words else ""


def goes(verdict: Verdict | None) -> str:
    """What a load with that verdict does to what is in its way."""
    return "may have to go" if verdict is Verdict.TIGHT else "would go"


def _reason(fit: Fit) -> str:
    if fit.verdict in (Verdict.TIGHT, Verdict.SPILLS):
        return f"{units.memory(fit.free)} free"
    return "the server keeps no more"
