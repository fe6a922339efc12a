"""Pins: models that are to stay loaded for ever, and what became of that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from ollama_tui.core import units
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.names import same_model
from ollama_tui.core.pin_ends import Break, Ending

RENEWAL_SECONDS = 60.0
"""The least time between two renewals of a pin that nobody asked for."""
_COMES_SOON_SECONDS = 120.0
"""Within which a model that is loaded is taken for the one that another had to go for."""


@dataclass(frozen=True, slots=True)
class Look:
    """What `ps` said, compared with what it said before."""

    running: Sequence[RunningModel]
    now: float
    """Seconds since 1970."""
    before: Sequence[RunningModel] | None = None
    """What was loaded at the look before; None at the first one, and after a failure."""
    was_away: bool = False
    """Whether the server did not answer in between."""
    known: Pins | None = None
    """The pins as they were before `ps` was asked, of which alone it can tell; None: all."""

    @property
    def arrivals(self) -> tuple[str, ...]:
        """The names of what was loaded since the look before."""
        if self.before is None:
            return ()
        known = {one.name for one in self.before}
        return tuple(one.name for one in self.running if one.name not in known)


@dataclass(frozen=True, slots=True)
class Pin:
    """A model that this program pinned."""

    name: str
    """As `ps` named it."""
    digest: str = ""
    context_length: int | None = None
    """Tokens it is loaded with; None before Ollama 0.10."""
    is_ours: bool = False
    """Whether this program loaded it."""
    is_seen: bool = False
    """Whether it was seen to hold: while requests are in flight `ps` lags behind."""
    broken: Break | None = None
    """None as long as it holds."""
    renewed_at: float | None = None
    """When it was last renewed without being asked for; None before that."""

    def is_of(self, model: Model | RunningModel | Pin) -> bool:
        """Whether it is this model's, by its digest or its name."""
        if self.digest and self.digest == model.digest:
            return True
        return same_model(self.name, model.name)

    def among(self, running: Sequence[RunningModel]) -> RunningModel | None:
        """The loaded model that it is about; None if that is gone."""
        return next((one for one in running if self.is_of(one)), None)

    def seen(self, look: Look) -> Pin:
        """This pin after a look at what is loaded."""
        one = self.among(look.running)
        if one is None:
            return self._gone(look)
        if one.expires_at is None:
            return self
        if one.is_pinned(look.now):
            held = replace(self, is_seen=True, context_length=one.context_length, broken=None)
            return self if held == self else held
        if self.broken is not None or not self.is_seen:
            return self
        return self._ended(*_ending_of(self, one, look.now), look)

    def can_renew(self, running: Sequence[RunningModel], now: float) -> bool:
        """Whether it may be renewed without being asked for: that must push nothing else out."""
        if self.broken is None or not self.is_ours:
            return False
        if self.renewed_at is not None and now - self.renewed_at < RENEWAL_SECONDS:
            return False
        return self.among(running) is not None or not running

    def _gone(self, look: Look) -> Pin:
        arrived = look.arrivals
        if self.broken is None:
            if arrived:
                return self._ended(Ending.PUSHED_OUT, arrived[0], look)
            how = Ending.SERVER_AWAY if look.was_away else Ending.UNLOADED
            return self._ended(how, "", look)
        since = self.broken.since
        # A server of 0.30 or later lists a model only once it is loaded whole.
        is_soon = self.broken.was_watched and look.now - since <= _COMES_SOON_SECONDS
        if self.broken.how is Ending.UNLOADED and arrived and is_soon:
            return replace(self, broken=Break(Ending.PUSHED_OUT, since, arrived[0]))
        return self

    def _ended(self, how: Ending, by: str, look: Look) -> Pin:
        was_watched = look.before is not None or look.was_away
        return replace(self, broken=Break(how, look.now, by, was_watched))


@dataclass(frozen=True, slots=True)
class Pins:
    """The pins on one server, and what this program loaded there."""

    pins: tuple[Pin, ...] = ()
    ours: tuple[str, ...] = ()
    """Digests of what this program loaded and is loaded yet."""

    def of(self, model: Model | RunningModel | Pin) -> Pin | None:
        """The pin of a model; None if it is not to stay."""
        return next((pin for pin in self.pins if pin.is_of(model)), None)

    @property
    def ended(self) -> tuple[tuple[Pin, Break], ...]:
        """The pins that do not hold any more, each with its end."""
        return tuple((pin, pin.broken) for pin in self.pins if pin.broken is not None)

    def lost(
        self, running: Sequence[RunningModel], loading: Collection[str] = ()
    ) -> tuple[Pin, ...]:
        """The pins of models that are not in memory any more.

        Args:
            running: what is loaded.
            loading: the names of what is being loaded, which is on its way back.
        """
        return tuple(
            pin
            for pin in self.pins
            if pin.broken and pin.among(running) is None and pin.name not in loading
        )

    def pinned(self, model: RunningModel) -> Pins:
        """These with a pin of that model, which holds."""
        before = self.of(model) or Pin(model.name)
        pin = replace(
            before,
            digest=model.digest,
            context_length=model.context_length,
            is_ours=before.is_ours or model.digest in self.ours,
            is_seen=False,
            broken=None,
        )
        return self.with_pin(pin)

    def with_pin(self, pin: Pin) -> Pins:
        """These with that pin in place of another one of its model."""
        return replace(self, pins=(*self.without(pin).pins, pin))

    def without(self, model: Model | RunningModel | Pin) -> Pins:
        """These without the pin of that model."""
        pins = tuple(pin for pin in self.pins if not pin.is_of(model))
        return self if len(pins) == len(self.pins) else replace(self, pins=pins)

    def loaded(self, model: RunningModel) -> Pins:
        """These after this program loaded that model."""
        return self if model.digest in self.ours else replace(self, ours=(*self.ours, model.digest))

    def renamed(self, old: str, new: str) -> Pins:
        """These after a model got another name."""
        return replace(self, pins=tuple(_renamed(pin, old, new) for pin in self.pins))

    def seen(self, look: Look) -> Pins:
        """These after a look at what is loaded; the very same where nothing changed.

        What was pinned or loaded since the look began stays as it is: an old answer of `ps` says
        nothing of it.
        """
        known = look.known or self
        pins = tuple(pin.seen(look) if pin in known.pins else pin for pin in self.pins)
        there = {one.digest for one in look.running} | {pin.digest for pin in pins}
        ours = tuple(one for one in self.ours if one in there or one not in known.ours)
        found = Pins(pins, ours)
        return self if found == self else found

    def renewing(self, name: str, now: float) -> Pins:
        """These once the pin of that name is to be renewed without being asked for."""
        return replace(
            self,
            pins=tuple(
                replace(pin, renewed_at=now) if pin.name == name else pin for pin in self.pins
            ),
        )


Change = Callable[[Pins], Pins]
"""What becomes of the pins; it is given those that are on disk."""


def _ending_of(pin: Pin, one: RunningModel, now: float) -> tuple[Ending, str]:
    if pin.context_length and one.context_length and pin.context_length != one.context_length:
        return Ending.RELOADED, units.tokens(one.context_length)
    left = (one.expires_at or now) - now
    return Ending.SHORTENED, units.duration(left) if left > 0 else ""


def _renamed(pin: Pin, old: str, new: str) -> Pin:
    return replace(pin, name=new) if same_model(pin.name, old) else pin
