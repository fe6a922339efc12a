"""The failures that people are told about; str() of each is fit to be shown."""

from __future__ import annotations

from ollama_tui.core.text import as_sentence


class OllamaTuiError(Exception):
    """Something failed that the user can be told about in words."""

    def __init__(self, what: str, remedy: str = "") -> None:
        """Say what failed, and what to do about it where that is known.

        Args:
            what: One short clause without a full stop, such as `connection refused`.
            remedy: One or two sentences; empty when there is nothing to advise.
        """
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    @property
    def sentence(self) -> str:
        """The failure alone, as a sentence."""
        return f"{as_sentence(self.what)}."

    def __str__(self) -> str:
        """The failure and its remedy as one or two sentences."""
        return f"{self.sentence} {self.remedy}" if self.remedy else self.sentence


class InvalidInput(OllamaTuiError):
    """A name, an address or a setting cannot be what it should be."""


class Unreachable(OllamaTuiError):
    """No server answered: refused, timed out, cut off, or no such host."""


class Unsettled(Unreachable):
    """No word came of a request that had been sent: what it asked for may be done, or not."""


class NotOllama(Unreachable):
    """Something answered that is not an Ollama server, or not one that can be read."""


class TooOld(OllamaTuiError):
    """The server lacks the call: it is older than the call is."""


class Refused(OllamaTuiError):
    """The server, or this program's read-only mode, does not allow it."""


class Closed(OllamaTuiError):
    """Nothing can begin here any more, or not yet."""


class NoSuchModel(OllamaTuiError):
    """The server, or the registry, has no model of that name."""


class ServerFailed(OllamaTuiError):
    """The server answered with an error of its own."""


class PullFailed(OllamaTuiError):
    """A download ended before the model had arrived whole."""


class Interrupted(PullFailed):
    """A download broke off in a way that asking again may mend."""


class RegistryBusy(Interrupted):
    """The registry asks to wait, or has a fault of its own."""


class NeedsNewerOllama(PullFailed):
    """A download ended because the server is too old for the model."""


class NoSpace(PullFailed):
    """A download ended because the server's disk is full."""


class StateUnwritable(OllamaTuiError):
    """A file of this program's own could not be written."""


def reason_of(error: Exception) -> str:
    """Why the system would not do something, in its own words: `permission denied`."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def undone(name: str, deed: str, error: OllamaTuiError) -> str:
    """What is told of an act that failed, or of which nobody knows whether it did.

    Args:
        name: the model.
        deed: what should have become of it, such as `deleted`.
        error: why it has not.
    """
    if isinstance(error, Unsettled):
        return f"Whether {name} is {deed} is not known. {error}"
    return f"{name} is not {deed}. {error}"
