"""Where the program's own files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ollama_tui.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the program's own files are."""

    config: Path
    """`config.toml`, which only the user writes."""
    state: Path
    """The folder of what must last: the current model, the sort order, the log."""
    cache: Path
    """The folder of what can be lost: the last known libraries."""

    @property
    def current(self) -> Path:
        """The current model of each server."""
        return self.state / "current.json"

    @property
    def pins(self) -> Path:
        """The models that are to stay loaded."""
        return self.state / "pins.json"

    @property
    def preferences(self) -> Path:
        """Sort order, theme and folded panels."""
        return self.state / "preferences.json"

    @property
    def load_times(self) -> Path:
        """How long models took to load."""
        return self.cache / "load-times.json"

    @property
    def shapes(self) -> Path:
        """What of models determines their memory, a file each."""
        return self.cache / "shapes"

    @property
    def learned_memory(self) -> Path:
        """How much memory models took."""
        return self.cache / "memory.json"

    @property
    def log(self) -> Path:
        """What `--log-level` writes while the dashboard is on the terminal."""
        return self.state / "ollama-tui.log"

    @property
    def drafts(self) -> Path:
        """The texts that are edited, and those that were given up."""
        return self.state / "drafts"

    @property
    def crash(self) -> Path:
        """What the last crash wrote."""
        return self.state / "crash.log"


def default_paths() -> Paths:
    """The platform's own folders; on Linux those of the XDG base directories.

    Raises:
        InvalidInput: when this user has none, as a container's may.
    """
    dirs = platformdirs.PlatformDirs("ollama-tui", appauthor=False)
    try:
        config, state, cache = dirs.user_config_path, dirs.user_state_path, dirs.user_cache_path
    except RuntimeError as error:
        raise _homeless() from error
    # Older ones of platformdirs leave the `~` in it, or take a relative one.
    if not (config.is_absolute() and state.is_absolute() and cache.is_absolute()):
        raise _homeless()
    return Paths(config / "config.toml", state, cache)


def _homeless() -> InvalidInput:
    return InvalidInput("this user has no home folder", "Set HOME to a folder that it can write.")


def demo_paths(folder: Path) -> Paths:
    """Paths in a folder that goes when the demo ends."""
    return Paths(folder / "config.toml", folder / "state", folder / "cache")
