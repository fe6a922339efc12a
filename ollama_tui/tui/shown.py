"""Which widget of the main screen shows what of the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping

SHOWN: Mapping[str, tuple[str, ...]] = {
    "header": ("server", "current", "model_disk"),
    "models": (
        "library",
        "models_size",
        "view",
        "deleting",
        "verdicts",
        "fit",
        "current",
        "stale_as_of",
        "library_failure",
        "server",
        "now",
    ),
    "details": (
        "library",
        "selected",
        "details",
        "fit",
        "insights",
        "current",
        "server",
        "now",
    ),
    "running": ("running", "insights", "loads", "unloading", "pins", "now"),
    "gpus": ("gpus",),
    "downloads": ("pulls",),
    "key_bar": ("notice",),
}
"""By each widget of the main screen, the vars that it has by the same name as the store."""
SITUATION = (
    "selected",
    "selected_running",
    "selected_pull",
    "loads",
    "pins",
    "deleting",
    "panel",
    "server",
    "pulls",
    "library",
    "view",
    "free_vram",
)
"""What changes the situation that the keys act in."""


def put_into(target: object, name: str) -> Callable[[object], None]:
    """What writes a value into an attribute."""

    # Textual asks how many parameters it takes, which of `partial(setattr, …)` is slow to tell.
    def put(value: object) -> None:
        setattr(target, name, value)

    return put
