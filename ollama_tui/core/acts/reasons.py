"""What acts need: why one cannot be done now, in words; empty if it can."""

from __future__ import annotations

from ollama_tui.core.acts.act import Panel, Situation


def a_server(now: Situation) -> str:
    """A server that answers."""
    return "The server does not answer." if now.is_down else ""


def a_model(now: Situation) -> str:
    """A model under the cursor."""
    is_running = now.panel is Panel.RUNNING
    if now.loaded or now.pin if is_running else now.model:
        return ""
    if is_running and now.loading:
        return f"{now.loading.name} is not loaded yet."
    # Where it is unknown what there is, that is why nothing is under the cursor.
    return a_server(now) or ("Nothing is loaded." if is_running else "No model is selected.")


def a_model_and_a_server(now: Situation) -> str:
    """Both."""
    return a_model(now) or a_server(now)


def a_model_to_use(now: Situation) -> str:
    """A model that is not to be deleted; the choice needs no server."""
    return _doomed(now) or a_model(now)


def _doomed(now: Situation) -> str:
    return f"{now.doomed} is to be deleted; z keeps it." if now.doomed else ""


def a_model_that_stays(now: Situation) -> str:
    """A model that is not to be deleted, and a server."""
    return _doomed(now) or a_model_and_a_server(now)


def models_that_stay(now: Situation) -> str:
    """Marked models, or one under the cursor that is not to be deleted, and a server."""
    return a_server(now) if now.has_marks else a_model_that_stays(now)


def models_and_a_server(now: Situation) -> str:
    """Marked models, or one under the cursor, and a server."""
    return ("" if now.has_marks else a_model(now)) or a_server(now)


def a_model_to_load(now: Situation) -> str:
    """A model that runs here."""
    if now.model is not None and now.model.is_cloud:
        return f"{now.model.name} runs in the cloud: there is nothing to load here."
    return a_model_and_a_server(now)


def a_model_to_edit(now: Situation) -> str:
    """A model whose parameters are here."""
    if now.panel is Panel.MODELS and now.model is not None and now.model.is_cloud:
        return f"{now.model.name} runs in the cloud: there is nothing to edit here."
    return a_model_that_stays(now)


def a_model_that_talks(now: Situation) -> str:
    """A genuine server's model."""
    if now.is_demo:
        return "The demo's models cannot talk: there is no server behind them."
    return a_model_and_a_server(now)


def a_model_being_loaded(now: Situation) -> str:
    """A model that this program is loading, under the cursor."""
    return "" if now.loading else "Nothing is being loaded here."


def a_lost_pin(now: Situation) -> str:
    """A model that was pinned and is not any more."""
    if now.pin is None:
        return a_model(now) or "It is not pinned; t pins what is loaded."
    return a_server(now) if now.pin.broken else f"The pin of {now.pin.name} holds."


def models_to_be_deleted(now: Situation) -> str:
    """Models that wait for it."""
    return "" if now.is_deleting else "Nothing waits to be deleted."


def a_known_vram(now: Situation) -> str:
    """GPUs that can be read."""
    return "" if now.is_vram_known else "How much video memory is free is not known here."


def a_download(now: Situation) -> str:
    """A download under the cursor."""
    return "" if now.pull else "No download is selected."


def something_to_pull_again(now: Situation) -> str:
    """In Downloads one that has failed; elsewhere models that stay."""
    if now.panel is not Panel.DOWNLOADS:
        return models_that_stay(now)
    if now.pull is not None and not now.pull.state.has_ended:
        held = "is paused; space resumes it" if now.pull.state.is_held else "is on its way"
        return f"{now.pull.name} {held}."
    return a_download(now)
