"""What a server's log says of its start."""

from __future__ import annotations

import pytest

from ollama_tui.core.server_start import Device, device_in, go_map, server_start, settings_in

CONFIG = (
    'time=2026-11-26T14:20:27.333Z level=INFO source=routes.go:1802 msg="server config" '
    'env="map[CUDA_VISIBLE_DEVICES: HTTPS_PROXY:http://me:pw@proxy:3128 OLLAMA_CONTEXT_LENGTH:0 '
    "OLLAMA_HOST:http://127.0.0.1:11524 OLLAMA_KEEP_ALIVE:5m0s OLLAMA_MODELS:/data/my models "
    "OLLAMA_ORIGINS:[http://localhost https://localhost:* app://*] OLLAMA_REMOTES:[ollama.com] "
    'no_proxy:]"'
)
CUDA = (
    'time=2026-11-26T14:20:27.512Z level=INFO source=types.go:50 msg="inference compute" '
    "id=GPU-aa11 library=CUDA compute=8.9 name=CUDA0 "
    'description="NVIDIA GeForce RTX 4090" libdirs=ollama,cuda_v13 driver=13.0 '
    'pci_id=0000:01:00.0 type=discrete total="24.0 GiB" available="22.5 GiB"'
)
CPU = (
    'level=INFO msg="inference compute" id=cpu library=cpu compute="" name=cpu description=cpu '
    'driver="" pci_id="" type="" total="23.6 GiB" available="23.0 GiB"'
)


class TestTheSettings:
    def test_they_are_the_variables_with_their_values(self) -> None:
        assert settings_in(CONFIG) == {
            "CUDA_VISIBLE_DEVICES": "",
            "HTTPS_PROXY": "http://me:pw@proxy:3128",
            "OLLAMA_CONTEXT_LENGTH": "0",
            "OLLAMA_HOST": "http://127.0.0.1:11524",
            "OLLAMA_KEEP_ALIVE": "5m0s",
            "OLLAMA_MODELS": "/data/my models",
            "OLLAMA_ORIGINS": "[http://localhost https://localhost:* app://*]",
            "OLLAMA_REMOTES": "[ollama.com]",
            "no_proxy": "",
        }

    @pytest.mark.parametrize(
        "line",
        [
            "",
            CUDA,
            'msg="server config"',
            'msg="server config" env="tea"',
            'msg="server config" env="map[A:',
        ],
    )
    def test_another_line_has_none(self, line: str) -> None:
        assert settings_in(line) is None

    def test_what_looks_like_a_name_but_comes_too_early_is_part_of_a_value(self) -> None:
        found = go_map("OLLAMA_MODELS:/x OLLAMA_HOST:/y OLLAMA_NOPRUNE:true")

        assert found == {"OLLAMA_MODELS": "/x OLLAMA_HOST:/y", "OLLAMA_NOPRUNE": "true"}

    def test_those_that_keep_it_from_gpus_are_told_apart(self) -> None:
        hidden = CONFIG.replace("CUDA_VISIBLE_DEVICES:", "CUDA_VISIBLE_DEVICES:-1")

        assert server_start((hidden,)).hiding == ("CUDA_VISIBLE_DEVICES=-1",)
        assert server_start((CONFIG,)).hiding == ()

    def test_a_value_in_quotes_is_read(self) -> None:
        line = r'msg="server config" env="map[OLLAMA_MODELS:/a \"b\" OLLAMA_NOPRUNE:false]"'

        assert settings_in(line) == {"OLLAMA_MODELS": '/a "b"', "OLLAMA_NOPRUNE": "false"}


class TestTheDevices:
    def test_a_gpu_is_read(self) -> None:
        assert device_in(CUDA) == Device(
            "GPU-aa11", "cuda", "NVIDIA GeForce RTX 4090", "13.0", 24 * 1024**3
        )

    def test_the_processor_is_no_gpu(self) -> None:
        found = device_in(CPU)

        assert found is not None
        assert found.is_cpu

    def test_what_was_not_said_is_unknown(self) -> None:
        found = device_in('msg="inference compute" id=0 library=Vulkan total=many')

        assert found == Device("0", "vulkan", "", "", None)

    def test_another_line_has_none(self) -> None:
        assert device_in('msg="no inference compute here"') is None


class TestTheLastStart:
    def test_the_newest_one_counts(self) -> None:
        found = server_start(["old", CONFIG, CUDA, "[GIN] | 200 |", CONFIG, CPU, "[GIN]"])

        assert found.devices is not None
        assert [device.id for device in found.devices] == ["cpu"]

    def test_without_one_nothing_is_known(self) -> None:
        found = server_start([CUDA, "[GIN]"])

        assert (found.settings, found.devices, found.context) == (None, None, None)


class TestTheContextThatComesUnasked:
    BY_MEMORY = 'level=INFO msg="vram-based default context" total_vram="0 B" default_num_ctx=4096'

    def test_it_is_told_by_the_memory_of_the_gpus(self) -> None:
        found = server_start([CONFIG, CPU, self.BY_MEMORY])

        assert (found.set_context, found.context) == (None, 4096)

    def test_what_is_set_counts_more(self) -> None:
        found = server_start([CONFIG.replace("LENGTH:0", "LENGTH:16384"), self.BY_MEMORY])

        assert (found.set_context, found.context) == (16384, 16384)

    def test_nonsense_is_not_believed(self) -> None:
        assert server_start([CONFIG.replace("LENGTH:0", "LENGTH:lots")]).context is None
