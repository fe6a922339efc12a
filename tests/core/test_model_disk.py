"""Which folder on this machine is looked into, and what is told where none can be."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from ollama_tui.core.disk_usage import OtherStore, Seen
from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.core.library import Library
from ollama_tui.core.model_disk import DiskHere, ModelDisk, homes_of_others
from ollama_tui.core.model_folder import ModelFolders, Told
from ollama_tui.core.model_store import Count
from ollama_tui.core.models import Model
from ollama_tui.core.pulls import Pull
from ollama_tui.core.shortage import Disk
from tests.core.stores import GB, KB, StoreFolder, digest_of

_DISK = Disk(7 * GB, 9 * GB)


def here(*folders: Path, others: tuple[Path, ...] = ()) -> DiskHere:
    found = ModelFolders(lambda: folders, lambda _: _DISK.free, lambda _: _DISK.total)
    return DiskHere(found, lambda: others)


@pytest.fixture
def folder(tmp_path: Path) -> StoreFolder:
    return StoreFolder(tmp_path / "models")


@pytest.fixture
def library(folder: StoreFolder) -> Library:
    """What a server says that keeps its models in the folder."""
    file = folder.model("library/qwen3/8b", GB)
    return Library((Model("qwen3:8b", GB + KB, "aa", file.stat().st_mtime),))


class TestTheServersFolder:
    async def test_it_is_read(self, folder: StoreFolder, library: Library) -> None:
        found = await ModelDisk(here(folder.path)).usage(library)

        assert [(model.name, model.own) for model in found.models] == [("qwen3:8b", GB + KB)]
        assert (found.folder, found.disk, found.unknown) == (str(folder.path), _DISK, "")

    async def test_a_damaged_manifest_does_not_hide_it(
        self, folder: StoreFolder, library: Library
    ) -> None:
        folder.text("library/cut/latest", '{"layers": [')
        folder.manifest("library/bare/latest", digest_of("weights"), digest_of("config"))

        found = await ModelDisk(here(folder.path)).usage(library)

        assert {one.name for one in found.damaged} == {"cut:latest", "bare:latest"}

    async def test_downloads_tell_whose_the_parts_are_the_newest_first(
        self, folder: StoreFolder, library: Library
    ) -> None:
        folder.partial("weights", GB)
        pull = Pull("new:1b", 0.0, digests=(digest_of("weights"),))
        ended = EndedPull("old:1b", Outcome.CANCELLED, 0, 0, 0, 0, digests=pull.digests)

        both = await ModelDisk(here(folder.path)).usage(library, (pull, ended))
        one = await ModelDisk(here(folder.path)).usage(library, (ended,))

        assert [both.partials[0].model, one.partials[0].model] == ["new:1b", "old:1b"]

    async def test_files_are_counted_for_those_who_wait(
        self, folder: StoreFolder, library: Library
    ) -> None:
        count = Count()

        await ModelDisk(here(folder.path)).usage(library, (), count)

        assert count.files > 3


class TestAServerElsewhere:
    async def test_what_it_tells_is_told_as_such(self, library: Library) -> None:
        found = await ModelDisk(None).usage(library)

        assert "another machine" in found.unknown
        assert [(model.size, model.own) for model in found.models] == [(GB + KB, None)]
        assert (found.folder, found.disk, found.others) == ("", None, ())

    async def test_nobody_knows_what_is_free_there(self, library: Library) -> None:
        assert await ModelDisk(None).free(library) is None


class TestAFolderThatIsNotFound:
    async def test_the_sizes_come_from_the_server(self, tmp_path: Path, library: Library) -> None:
        found = await ModelDisk(here(tmp_path / "absent")).usage(library)

        assert "OLLAMA_MODELS" in found.unknown
        assert found.models_size == GB + KB

    async def test_those_that_are_there_are_told_as_others(
        self, tmp_path: Path, library: Library
    ) -> None:
        other = StoreFolder(tmp_path / "other")
        other.model("library/llama2/7b", 0)

        found = await ModelDisk(here(other.path)).usage(library)

        assert [(one.folder, one.models) for one in found.others] == [(str(other.path), 1)]

    async def test_nor_is_anything_told_of_a_disk(self, tmp_path: Path, library: Library) -> None:
        assert await ModelDisk(here(tmp_path / "absent")).free(library) is None


class TestOtherFolders:
    async def test_one_of_another_user_is_told_with_its_size(
        self, folder: StoreFolder, library: Library, tmp_path: Path
    ) -> None:
        other = StoreFolder(tmp_path / "ann")
        other.model("library/m/latest", 0)
        other.partial("weights", GB, written=50 * KB)

        found = await ModelDisk(here(folder.path, others=(other.path,))).usage(library)

        (told,) = found.others
        assert (told.folder, told.models) == (str(other.path), 1)
        assert told.size is not None
        assert 50 * KB <= told.size < GB

    async def test_a_closed_one_is_told_without(
        self,
        folder: StoreFolder,
        library: Library,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        closed = tmp_path / "closed"
        found_stat = Path.stat

        def stat(path: Path, *, follow_symlinks: bool = True) -> object:
            if closed in path.parents:
                raise PermissionError(13, "Permission denied")
            return found_stat(path, follow_symlinks=follow_symlinks)

        monkeypatch.setattr(Path, "stat", stat)

        found = await ModelDisk(here(folder.path, others=(closed,))).usage(library)

        assert found.others == (OtherStore(str(closed)),)

    @pytest.mark.parametrize("kind", ["absent", "empty", "link"])
    async def test_one_that_is_none_is_left_out(
        self, folder: StoreFolder, library: Library, tmp_path: Path, kind: str
    ) -> None:
        StoreFolder(tmp_path / "empty")
        (tmp_path / "link").symlink_to(folder.path)

        found = await ModelDisk(here(folder.path, others=(tmp_path / kind,))).usage(library)

        assert found.others == ()

    def test_the_homes_of_this_machine_are_where_others_keep_theirs(self, tmp_path: Path) -> None:
        (tmp_path / "ann").mkdir()

        homes = tuple(homes_of_others((tmp_path, tmp_path / "absent")))

        assert homes == (Path("/root/.ollama/models"), tmp_path / "ann" / ".ollama" / "models")


class TestWhatIsFree:
    async def test_it_is_told_of_the_servers_folder(
        self, folder: StoreFolder, library: Library
    ) -> None:
        assert await ModelDisk(here(folder.path)).free(library) == _DISK

    async def test_the_manifests_are_not_looked_at_again_while_the_server_says_the_same(
        self, folder: StoreFolder, library: Library
    ) -> None:
        asked: list[Path] = []

        def candidates() -> list[Path]:
            asked.append(folder.path)
            return [folder.path]

        folders = ModelFolders(candidates, lambda _: 1, lambda _: 2)
        disk = ModelDisk(DiskHere(folders))

        first, second = await disk.free(library), await disk.free(library)
        again = await disk.free(Library())

        assert (first, second, again, len(asked)) == (Disk(1, 2), Disk(1, 2), None, 2)

    async def test_a_folder_that_can_be_read_by_now_is_found_by_who_wants_to_know_all(
        self, folder: StoreFolder, library: Library, tmp_path: Path
    ) -> None:
        disk = ModelDisk(here(tmp_path / "later"))
        assert await disk.free(library) is None
        folder.path.rename(tmp_path / "later")

        assert (await disk.usage(library)).disk == _DISK
        assert await disk.free(library) == _DISK

    async def test_a_disk_that_hangs_is_asked_once_and_unknown(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ollama_tui.core.model_disk._FREE_SECONDS", 0.01)
        answers, asked = threading.Event(), []

        class Hanging:
            def seen(self, told: Told, count: Count) -> Seen:
                return Seen()

            def disk(self, told: Told) -> Disk | None:
                asked.append(told)
                answers.wait(10)
                return _DISK

        disk = ModelDisk(Hanging())

        assert [await disk.free(library) for _ in range(3)] == [None] * 3
        assert len(asked) == 1
        answers.set()
        monkeypatch.setattr("ollama_tui.core.model_disk._FREE_SECONDS", 10)
        assert await disk.free(library) == _DISK

    async def test_all_who_ask_at_once_are_told(
        self, folder: StoreFolder, library: Library
    ) -> None:
        disk = ModelDisk(here(folder.path))

        first, second = await asyncio.gather(disk.free(library), disk.free(library))

        assert first == second == _DISK


async def test_what_models_share_is_counted_once_in_all_of_them(folder: StoreFolder) -> None:
    weights = folder.blob("weights", GB)
    files = [
        folder.manifest(f"library/{name}/8b", weights, folder.blob(f"config of {name}", KB))
        for name in ("mine", "qwen3")
    ]
    models = (
        Model(f"{name}:8b", GB + KB, name, file.stat().st_mtime)
        for name, file in zip(("mine", "qwen3"), files, strict=True)
    )

    assert await ModelDisk(here(folder.path)).models_size(Library(tuple(models))) == GB + 2 * KB


async def test_nothing_is_read_to_count_models_that_cannot_share_anything(
    folder: StoreFolder, library: Library
) -> None:
    disk = ModelDisk(here(folder.path))

    assert await disk.models_size(library) is None
    await disk.usage(library)

    assert await disk.models_size(library) == GB + KB
