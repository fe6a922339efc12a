"""Made folders of processes, as `/proc` has them."""

from __future__ import annotations

from pathlib import Path

BOOTED = 1_790_000_000
MODELS = "/usr/share/ollama/.ollama/models"


def blob(digit: str) -> str:
    """The file of weights whose digest is this digit over and over."""
    return f"{MODELS}/blobs/sha256-{digit * 64}"


def runner_of_now(digit: str, *more: str, context: int = 8192, slots: int = 1) -> tuple[str, ...]:
    """The command line of a runner of Ollama 0.32.15."""
    how = ("--port", "45123", "--host", "127.0.0.1", "--no-webui", "--offline")
    size = ("-c", str(context * slots), "-np", str(slots), "--flash-attn", "auto", "-b", "512")
    return ("/usr/lib/ollama/llama-server", "--model", blob(digit), *how, *size, *more)


def runner_of_old(digit: str) -> tuple[str, ...]:
    """The command line of a runner of Ollama 0.24.0."""
    return ("/usr/local/bin/ollama", "runner", "--model", blob(digit), "--port", "38729")


class MadeProcesses:
    """A folder like `/proc`, in which processes are put."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "stat").write_text(f"cpu  1 2 3\nbtime {BOOTED}\n")

    def add(
        self, pid: int, *command: str, parent: int = 1, state: str = "S", holds: int | None = None
    ) -> Path:
        """A process that was started a second after the machine and holds 100 pages.

        Args:
            holds: the inode of its socket; None for one whose files this user may not see.
        """
        folder = self.folder / str(pid)
        folder.mkdir()
        (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in command))
        if holds is not None:
            (folder / "fd").mkdir()
            (folder / "fd" / "3").symlink_to(f"socket:[{holds}]")
            (folder / "comm").write_text(command[0].rpartition("/")[2] + "\n")
        rest = " ".join(["0"] * 17)
        (folder / "stat").write_text(f"{pid} (a) b) {state} {parent} {rest} 100 0 100 0 0\n")
        return folder

    def listen(self, port: int, inode: int, *, uid: int = 0, address: str = "00000000") -> None:
        """A socket that waits for connections, as the kernel lists it."""
        (self.folder / "net").mkdir(exist_ok=True)
        with open(self.folder / "net" / "tcp", "a") as file:
            file.write("" if file.tell() else "  sl  local_address rem_address   st\n")
            rest = f"00000000:00000000 00:00000000 00000000 {uid:>5}        0 {inode} 1 0 100"
            file.write(f"   0: {address}:{port:04X} 00000000:0000 0A {rest}\n")
