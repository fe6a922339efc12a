"""What a server of a given version says, and what it does not know yet."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """The version a server claims, and the habits that come with it."""

    version: str

    def since(self, *release: int) -> bool:
        """Tell whether this version is that release or a later one."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3]) >= release

    @property
    def has_model_field(self) -> bool:
        """Lists give `model` beside `name`."""
        return self.since(0, 1, 21)

    @property
    def has_running_context(self) -> bool:
        """`ps` gives the context length."""
        return self.since(0, 10, 0)

    @property
    def lists_capabilities(self) -> bool:
        """`tags` gives capabilities, lengths and the parent model."""
        return self.since(0, 30, 0)

    @property
    def shows_model_info(self) -> bool:
        """`show` gives `model_info` and `modified_at`."""
        return self.since(0, 1, 45)

    @property
    def shows_capabilities(self) -> bool:
        """`show` gives capabilities and tensors."""
        return self.since(0, 6, 4)

    @property
    def shows_whole_names(self) -> bool:
        """`show` completes the name of a model it does not have."""
        return self.since(0, 30, 0)

    @property
    def has_remote_models(self) -> bool:
        """Entries for models that run in the cloud."""
        return self.since(0, 12, 0)

    @property
    def reads_sources(self) -> bool:
        """Names may end in `:local` or `:cloud`."""
        return self.since(0, 17, 6)

    @property
    def layer_seconds(self) -> float:
        """The least time that a downloaded layer takes: an older server looks once a second."""
        return 0.0 if self.since(0, 30, 0) else 1.0

    @property
    def unload_seconds(self) -> float:
        """How long a model is still listed after it was unloaded."""
        return 0.0 if self.since(0, 30, 0) else 0.5
