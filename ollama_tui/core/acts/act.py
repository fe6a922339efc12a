"""An act, and what it can depend on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ollama_tui.core.models import LoadingModel, Model, RunningModel
    from ollama_tui.core.pins import Pin
    from ollama_tui.core.pulls import Pull


class Panel(Enum):
    """The panels of the main screen that have a cursor."""

    MODELS = "Models"
    RUNNING = "Running"
    GPUS = "GPU"
    DOWNLOADS = "Downloads"


@dataclass(frozen=True, slots=True)
class Situation:
    """What an act can depend on, at the moment of the key press."""

    panel: Panel = Panel.MODELS
    """The focused one."""
    model: Model | None = None
    """The model under the cursor; None if there is none."""
    loaded: RunningModel | None = None
    """The loaded model under the cursor of Running."""
    loading: LoadingModel | None = None
    """The model under that cursor, if it is being loaded."""
    pin: Pin | None = None
    """The pin of the model under the cursor, which may be of one that is not loaded any more."""
    pull: Pull | None = None
    """The download under the cursor of Downloads."""
    has_marks: bool = False
    """Whether models are marked, in sight or not."""
    is_deleting: bool = False
    """Whether models wait to be deleted."""
    doomed: str = ""
    """The name of the model under the cursor if it is to be deleted; empty if it is not."""
    is_vram_known: bool = False
    """Whether it is known how much video memory is free."""
    is_down: bool = False
    is_read_only: bool = False
    is_demo: bool = False


Reason = Callable[[Situation], str]
"""Why an act cannot be done now; empty if it can."""


def always(_: Situation) -> str:
    """Nothing is needed."""
    return ""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a key does."""

    id: str
    keys: tuple[str, ...]
    """As Textual names them; the first one is shown."""
    word: str
    """For the key bar."""
    title: str
    """For help and palette, 24 characters at most."""
    group: str
    """The heading in help."""
    panels: tuple[Panel, ...] = ()
    """Where it works; empty: everywhere."""
    needs: Reason = always
    """Why it cannot be done, but for the read-only mode."""
    changes: bool = False
    """Whether it changes the server, or what it downloads."""
    command: str = ""
    """The command that does the same, and more of its words; empty if that has no use there."""
    in_key_bar: bool = True
    in_palette: bool = True
    help_line: str = ""
    """Acts of one help line share it; empty: the title."""
    failed_word: str = ""
    """For the key bar where the download under the cursor has failed; empty: the same."""

    def reason_against(self, now: Situation) -> str:
        """Why it cannot be done now; empty if it can."""
        if self.changes and now.is_read_only:
            return "Read-only mode: nothing is sent that changes the server."
        return self.needs(now)

    def word_now(self, now: Situation) -> str:
        """What the key bar says that it does."""
        has_failed = now.pull is not None and now.pull.state.has_ended
        return self.failed_word if has_failed and self.failed_word else self.word

    def works_in(self, panel: Panel) -> bool:
        """Whether the key acts while that panel has the focus."""
        return not self.panels or panel in self.panels

    def meets(self, other: Act) -> bool:
        """Whether there is a panel where both work, so that they cannot share a key."""
        return any(self.works_in(panel) and other.works_in(panel) for panel in Panel)
