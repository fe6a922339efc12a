"""Settings: the command line beats the environment beats the config file beats the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

from ollama_tui.config.file import ConfigFile
from ollama_tui.config.kinds import Unfit
from ollama_tui.config.paths import Paths
from ollama_tui.config.table import SETTINGS, Setting
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.hosts import DEFAULT_URL, machine_name, server_key, without_secrets
from ollama_tui.core.keep_alive import FOR_EVER
from ollama_tui.core.text import clean, in_shell


class Origin(Enum):
    """Where a setting's value comes from; each beats those before it."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    OPTION = "option"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, once read."""

    paths: Paths
    url: str = DEFAULT_URL
    """The server's base URL; it may hold a user name and password."""
    named_host: str = ""
    """What --host said, without secrets; empty if it was not given."""
    machine: str = "localhost"
    """This machine's name."""
    key: str = field(default="", repr=False)
    """OLLAMA_API_KEY: sent as a bearer token; empty for none."""
    token: str = field(default="", repr=False)
    """OLLAMA_TUI_TOKEN: what clients of `serve` must send as a bearer token; empty for none."""
    demo: bool = False
    read_only: bool = False
    mouse: bool = False
    """Whether the mouse is taken; off, the terminal's own selection works."""
    ascii: bool = False
    """Whether only ASCII is drawn."""
    notify: bool = True
    """Whether the terminal's bell rings when a download ends, and a notice is shown if it can."""
    on_download_end: tuple[str, ...] = ()
    """The program, and its arguments, that is run when a download ends; empty for none."""
    theme: str = ""
    """Empty: the remembered one, else `ansi-dark`."""
    insecure_registries: tuple[str, ...] = ()
    """Hosts that are spoken to over plain HTTP."""
    parallel_downloads: int = 2
    """How many downloads run side by side; the others wait."""
    stall_seconds: int = 22
    """Without growth, after which a download is asked for again."""
    undo_seconds: int = 30
    """How long a delete can be taken back; 0: not at all."""
    renew_pins: bool = False
    """Whether a pin that somebody else ended is renewed unasked, where that pushes nothing out."""
    poll_seconds: float = 2
    """Between two looks at what is loaded."""
    keep_alive_choices: tuple[float, ...] = (300.0, 1800.0, 7200.0, 86400.0, FOR_EVER)
    """For how many seconds a model can be told to stay loaded; negative for ever."""
    max_loaded_models: int = 0
    """How many models the server keeps loaded at most; 0: that is not known."""
    preflight: bool = True
    """Whether a model's registry is asked how large the whole model is."""
    current_alias: str = ""
    """The name of a copy on the server that follows the current model; empty for none."""
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Act id to keys: `{"model.use": "enter,space"}`."""
    origins: Mapping[str, Origin] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, repr=False
    )
    """Where the values come from, by the settings' names; the others are defaults."""

    def command(self, words: str) -> str:
        """What to type for a command of this program on the same server.

        Args:
            words: the command with its arguments.
        """
        host = f" --host {in_shell(self.named_host)}" if self.named_host else ""
        return f"ollama-tui{host} {words}"

    @property
    def server_key(self) -> str:
        """What the program's files call this server."""
        return server_key(self.url, self.machine)


def load_settings(
    environment: Mapping[str, str],
    paths: Paths,
    *,
    host: str | None = None,
    demo: bool = False,
    read_only: bool = False,
    ascii_only: bool = False,
    preflight: bool = True,
) -> Settings:
    """Read the config file and the environment, and let the given options beat them.

    Raises:
        InvalidInput: when a value cannot be what it should be; the text names its place.
    """
    options = {
        "host": (host or "").strip() or None,
        "readonly": read_only or None,
        "ascii": ascii_only or None,
        "preflight": None if preflight else False,
    }
    if demo:
        environment = {**environment, "OLLAMA_API_KEY": ""}
    settings = Settings(
        paths,
        named_host=without_secrets(host or "").strip(),
        machine="demo" if demo else machine_name(),
        demo=demo,
    )
    return _with_values(settings, ConfigFile(paths.config), environment, options)


def _with_values(
    settings: Settings,
    file: ConfigFile,
    environment: Mapping[str, str],
    options: Mapping[str, object],
) -> Settings:
    in_file = _read_file(file)
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for setting in SETTINGS:
        name = setting.name
        if (said := options.get(name)) is not None:
            value, origins[name] = _read(setting, said, setting.option), Origin.OPTION
        elif (said := setting.from_environment(environment)) is not None:
            value, origins[name] = _read(setting, said, setting.variables), Origin.ENVIRONMENT
        elif name in in_file:
            value, origins[name] = in_file[name], Origin.FILE
        else:
            continue
        values[setting.field] = value
    return replace(settings, **values, origins=MappingProxyType(origins))


def _read(setting: Setting, said: object, place: str) -> object:
    try:
        return setting.read(said)
    except InvalidInput as error:
        raise InvalidInput(f"{place}: {error.what}", error.remedy) from error


def _read_file(file: ConfigFile) -> Mapping[str, object]:
    known = {setting.name: setting for setting in SETTINGS if not setting.is_secret}
    file.refuse_others(known)
    values = {}
    for name, value in file.values.items():
        try:
            values[name] = known[name].read(value)
        except InvalidInput as error:
            within = f".{error.within}" if isinstance(error, Unfit) and error.within else ""
            what = f": {clean(name + within, 80)} {error.what}"
            raise file.wrong(name + within, what, error.remedy) from error
    _refuse_wrong_keys(file, values.get("keys"))
    return values


def _refuse_wrong_keys(file: ConfigFile, keys: object) -> None:
    if not isinstance(keys, Mapping):
        return
    from ollama_tui.core.acts import ACTS, MOVES
    from ollama_tui.core.keys import UnusableKey, rebound

    try:
        rebound((*ACTS, *MOVES), keys)
    except UnusableKey as error:
        raise file.wrong(f"keys.{error.act}", f": {error.what}", error.remedy) from error
