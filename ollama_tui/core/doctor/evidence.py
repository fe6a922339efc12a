"""What the checks look at: plain values, gathered at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ollama_tui.core.listeners import Listener
from ollama_tui.core.server_log import ServerLog
from ollama_tui.core.server_start import ServerStart


@dataclass(frozen=True, slots=True)
class Address:
    """Which server is asked, and who said so."""

    url: str
    """Without a user name and password."""
    origin: str = "default"
    """`default`, `file`, `environment` or `option`."""
    said: str = ""
    """What the environment says in OLLAMA_HOST, without secrets; empty if nothing."""
    proxies: Mapping[str, str] = field(default_factory=dict)
    """The environment's variables of proxies, without secrets."""
    has_key: bool = False
    """Whether a key is sent along."""
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """How the server answered."""

    version: str = ""
    """Empty if it did not say."""
    failure: str = ""
    """What failed; empty if `ps` answered."""
    remedy: str = ""
    is_reached: bool = True
    """Whether anything answered."""
    is_host_refused: bool = False
    """Whether it refused the name by which it was called (403)."""
    is_too_old: bool = False
    """Whether it has no `ps`."""
    models: tuple[str, ...] | None = None
    """The keys of the names of the installed models; None: it did not say."""
    clock_ahead: float | None = None
    """Seconds by which its clock is ahead of this machine's, below a minute 0; None: not told."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The service of systemd that runs Ollama."""

    name: str = "ollama.service"
    is_installed: bool = False
    active: str = ""
    """`active`, `activating`, `inactive`, `failed`."""
    sub: str = ""
    """`running`, `auto-restart`, `dead`."""
    result: str = ""
    """Why it ended: `success`, `exit-code`, `oom-kill`."""
    user: str = ""
    """Who it runs as; root if that is empty."""
    environment: Mapping[str, str] = field(default_factory=dict)
    restarts: int | None = None
    """How often systemd started it again; None: it did not say."""
    is_changed: bool = False
    """Whether its files were changed and systemd has not read them again."""
    protects_home: bool = False
    """Whether it is kept out of home folders."""
    why: str = ""
    """Why nothing is known of it; empty if it is."""
    is_users: bool = False
    """Whether it is one of a user's own systemd, which only that user can speak to."""

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        return f"{self.name} (--user)" if self.is_users else self.name

    @property
    def journal(self) -> str:
        """The command that prints what it wrote."""
        return f"journalctl {'--user ' if self.is_users else ''}-u {self.name}"

    def control(self, verb: str) -> str:
        """The command that does something with it, such as `restart`."""
        return f"{self.systemctl} {verb} {self.name}"

    @property
    def systemctl(self) -> str:
        """The program that speaks to its systemd."""
        return "systemctl --user" if self.is_users else "sudo systemctl"


@dataclass(frozen=True, slots=True)
class Step:
    """A folder on the way to another: whose it is and who may do what there."""

    path: str
    mode: int
    uid: int
    gid: int
    owner: str = ""
    """The name of its owner, or the number."""


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of models."""

    path: str
    owner: str = ""
    models: int | None = None
    """How many it has; None: it cannot be read."""
    host: str = ""
    """Where the server listens that runs with it; empty: none is seen to."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder in which the server keeps its models."""

    path: str = ""
    """Empty: it is not known."""
    told_by: str = ""
    """Who says that it is this one."""
    steps: tuple[Step, ...] = ()
    """The folders from the root down to it, as far as they can be seen."""
    missing: str = ""
    """The first on the way that is not there; empty if all are."""
    closed: str = ""
    """The first on the way that this user may not see; empty if all can be seen."""
    user: str = ""
    """Who the server runs as; empty: not known."""
    uid: int | None = None
    gids: frozenset[int] = frozenset()
    free: int | None = None
    """Bytes; None: nobody knows."""
    total: int | None = None
    is_read_only: bool = False
    """Whether its disk is mounted read-only."""
    others: tuple[Store, ...] = ()
    """Other folders of models on this machine."""
    why: str = ""
    """Why it is not known."""


@dataclass(frozen=True, slots=True)
class Gpus:
    """What the driver says of this machine's GPUs."""

    names: tuple[str, ...] = ()
    driver: str = ""
    """Its version; empty: it was not said."""
    trouble: str = ""
    """What is wrong with driver or library, such as that their versions differ; empty: nothing."""
    why: str = ""
    """Why they could not be read; empty if they could."""
    optional: tuple[str, ...] = ()
    """Those besides that a server need not use: parts of the processor, a card's other slices."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The program that computes for a server from Ollama 0.30 on, `llama-server`."""

    path: str = ""
    """Empty: it was not found."""
    looked_in: tuple[str, ...] = ()
    """Where it should be, if it was looked for beside the server's own program."""
    is_missed: bool = False
    """Whether the server's log says that it did not find it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine says of a server that is on it."""

    is_here: bool = True
    """Whether the server is on this machine."""
    elsewhere: str = ""
    """Why it is not looked at; empty if it is."""
    listeners: tuple[Listener, ...] | None = None
    """Who listens on the server's port; None: the system does not tell."""
    users: Mapping[int, str] = field(default_factory=dict)
    """The names of those who listen."""
    log: ServerLog = field(default_factory=ServerLog)
    start: ServerStart = field(default_factory=ServerStart)
    unit: Unit = field(default_factory=Unit)
    folder: Folder = field(default_factory=Folder)
    gpus: Gpus = field(default_factory=Gpus)
    engine: Engine = field(default_factory=Engine)


@dataclass(frozen=True, slots=True)
class Terminal:
    """The terminal of this program."""

    is_there: bool = True
    term: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What tells of colours, locale, multiplexers and ssh."""
    columns: int = 80
    lines: int = 24
    is_ascii: bool = False
    """Whether this program draws with ASCII only."""
    passthrough: str = ""
    """tmux's `allow-passthrough`; empty: not known, or no tmux."""


@dataclass(frozen=True, slots=True)
class Own:
    """This program's own files and choices."""

    config: str = ""
    """The path of the config file."""
    has_config: bool = False
    config_failure: str = ""
    """Why it could not be read; empty if it could."""
    config_remedy: str = ""
    unwritable: Mapping[str, str] = field(default_factory=dict)
    """Why a folder of its own cannot be written, by its path."""
    state: str = ""
    current: str | None = None
    """The current model; None: none was chosen."""
    current_key: str = ""
    """The key of its name."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known; what is None is still being looked at."""

    address: Address
    answer: Answer | None = None
    machine: Machine | None = None
    terminal: Terminal | None = None
    own: Own | None = None
