"""Why a figure of a GPU is missing, in one line."""

from __future__ import annotations

from ollama_tui.core.gpus.values import Reading
from ollama_tui.core.text import clean

# The codes of nvml.h.
_FAILURES = {
    3: "not supported by this GPU",
    4: "no permission",
    9: "the driver is not loaded",
    13: "the driver is too old to tell",
    15: "the card is lost: it does not answer any more, a reboot may bring it back",
    16: "the card is lost until it is reset",
    18: "driver and library versions differ",
}
NO_LIBRARY = 12
_MENDED_BY_A_RESTART = (9, 15, 16, 18)
_BEGINNINGS = {
    4: "No permission to ask NVIDIA's driver.",
    9: "NVIDIA's driver is not loaded: `sudo modprobe nvidia` loads it.",
    NO_LIBRARY: "An NVIDIA card is here, but not its driver's library (in a container: run it with"
    " `--gpus all`).",
    13: "NVIDIA's driver is too old to be asked.",
    18: "NVIDIA's driver was updated: driver and library versions differ until a reboot.",
}
_ALL = "all"
_WORDS_AT_MOST = 200


def failure_words(code: int, words: str) -> str:
    """A failure of one call."""
    return _FAILURES.get(code) or clean(words, 80).lower()


def refusal(code: int, words: str) -> Reading:
    """A driver that cannot be asked at all."""
    known = _BEGINNINGS.get(code)
    why = known or f"NVIDIA's driver cannot be asked: {clean(words, 80).lower()}."
    return Reading(why=why, is_broken=code in _MENDED_BY_A_RESTART)


class Gaps:
    """What a reading lacks, gathered card by card."""

    def __init__(self) -> None:
        """Lack nothing."""
        self._notes: list[str] = []
        self._found: dict[tuple[int, str], list[str]] = {}

    def add(self, gpu: int, what: str, why: str) -> None:
        """Lack a figure of a GPU."""
        found = self._found.setdefault((gpu, why), [])
        if what not in found:
            found.append(what)

    def note(self, words: str) -> None:
        """Lack something of all GPUs."""
        self._notes.append(words)

    @property
    def are_broken(self) -> bool:
        """Whether a restart may mend one of them."""
        broken = {_FAILURES[code] for code in _MENDED_BY_A_RESTART}
        return any(why in broken for _, why in self._found)

    def line(self) -> str:
        """All of it; empty if nothing is lacking."""
        together: dict[tuple[str, str], list[int]] = {}
        for (gpu, why), lacking in self._found.items():
            together.setdefault((", ".join(lacking), why), []).append(gpu)
        words = [_words(lacking, why, gpus) for (lacking, why), gpus in together.items()]
        return clean("; ".join((*words, *self._notes)), _WORDS_AT_MOST)


def _words(lacking: str, why: str, gpus: list[int]) -> str:
    numbers = ", ".join(map(str, gpus))
    return f"GPU {numbers}: {why}" if lacking == _ALL else f"GPU {numbers}, {lacking}: {why}"
