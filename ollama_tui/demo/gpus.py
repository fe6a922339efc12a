"""The demo's two GPUs: what they have, and who holds it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.runners import Runner

_GIB = 1024**3
_SERVER_PID, _OTHERS_PID = 1187, 4121
_OWN = int(0.4 * _GIB)
"""What Ollama's server holds of each card."""
_OTHERS = int(2.1 * _GIB)
"""What somebody else's program holds of the first card."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card that there is not."""

    name: str
    uuid: str
    total: int
    watts: float
    """The most that it takes."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a card's memory, held by a program."""

    uuid: str
    pid: int
    used: int
    user: str
    command: str
    model: str = ""
    """The model that the program serves; empty for other programs."""

    @property
    def is_ollama(self) -> bool:
        """Whether it is a program of Ollama's."""
        return self.user == "ollama"


@dataclass(frozen=True, slots=True)
class Look:
    """A card as it is now."""

    card: Card
    shares: tuple[Share, ...]
    utilisation: float
    """The part of the time in which it is at work, 0 to 1."""
    temperature: int
    power: float

    @property
    def used(self) -> int:
        """Bytes that are not free."""
        return sum(share.used for share in self.shares)


CARDS = (
    Card("NVIDIA GeForce RTX 4090", "GPU-demo-0", 24 * _GIB, 450),
    Card("NVIDIA RTX A4000", "GPU-demo-1", 16 * _GIB, 140),
)
FOR_MODELS = sum(card.total for card in CARDS) - _OTHERS - _OWN * len(CARDS)
"""Bytes that models can have."""


class DemoGpus:
    """Two cards on which the emulated server's models lie."""

    def __init__(self, emulator: Emulator) -> None:
        """Look at this server's models."""
        self._emulator = emulator

    def look(self) -> tuple[Look, ...]:
        """The cards as they are now; any thread may ask."""
        seconds = self._emulator.clock.now().timestamp()
        shares = [*_always_there(), *_of_models(self._emulator.runners.seen())]
        return tuple(_look(index, shares, seconds) for index in range(len(CARDS)))


def _always_there() -> list[Share]:
    own = [Share(card.uuid, _SERVER_PID, _OWN, "ollama", "ollama") for card in CARDS]
    return [*own, Share(CARDS[0].uuid, _OTHERS_PID, _OTHERS, "bob", "python")]


def _of_models(runners: Iterable[Runner]) -> list[Share]:
    """Each model on the card that it fits best, or on both."""
    free = {card.uuid: card.total for card in CARDS}
    for share in _always_there():
        free[share.uuid] -= share.used
    shares: list[Share] = []
    for runner in runners:
        left = runner.size_vram
        while left > 0 and any(free.values()):
            fitting = [uuid for uuid, size in free.items() if size >= left]
            uuid = (
                min(fitting, key=free.__getitem__) if fitting else max(free, key=free.__getitem__)
            )
            part = min(left, free[uuid])
            pid = 2000 + zlib.crc32(runner.key.encode()) % 28000
            shares.append(Share(uuid, pid, part, "ollama", "llama-server", runner.name))
            free[uuid] -= part
            left -= part
    return shares


def _look(index: int, shares: Iterable[Share], seconds: float) -> Look:
    card = CARDS[index]
    mine = tuple(share for share in shares if share.uuid == card.uuid)
    is_at_work = any(share.model for share in mine) and index == 0
    wave = math.sin(seconds / 7) * math.sin(seconds / 31)
    usage = 0.5 + 0.4 * wave if is_at_work else 0.04 * max(0, wave)
    return Look(card, mine, round(usage, 2), round(44 + 42 * usage), 21 + card.watts * 0.9 * usage)
