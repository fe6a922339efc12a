"""The models that the demo knows: well-known names with their true sizes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ollama_tui.demo import texts
from ollama_tui.demo.architectures import ARCHITECTURES
from ollama_tui.demo.manifests import Manifest, ModelConfig, manifest


@dataclass(frozen=True, slots=True)
class Style:
    """What the models of one maker have in common."""

    can: str = "completion"
    """Capabilities, with blanks between them."""
    template: str = texts.CHATML
    licence: str = texts.APACHE
    system: str = ""
    parameters: tuple[tuple[str, object], ...] = ()
    has_families: bool = True
    """False where the server answers `null`, as it does for some old models."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model by name."""

    name: str
    size: int
    architecture: str
    quantization_level: str
    style: Style
    days: float = 0.0
    """Days since it was pulled; of no meaning for a model that is not here yet."""

    @property
    def manifest(self) -> Manifest:
        """The model itself."""
        return _manifest_of(self)


@cache
def _manifest_of(entry: Entry) -> Manifest:
    built, style = ARCHITECTURES[entry.architecture], entry.style
    config = ModelConfig(
        family=built.family,
        families=(built.family,) if style.has_families else None,
        parameter_size=built.parameter_size,
        quantization_level=entry.quantization_level,
        context_length=built.context,
        embedding_length=built.width,
        capabilities=tuple(style.can.split()),
        template=style.template,
        system=style.system,
        licences=(style.licence,),
        parameters=style.parameters,
        model_info=built.model_info(entry.quantization_level),
    )
    return manifest(entry.name, entry.size, config)


_ENDS = ("<|im_start|>", "<|im_end|>")
_LLAMA_ENDS = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
_R1 = Style(
    "completion thinking",
    licence=texts.MIT,
    parameters=(("stop", ("<|User|>", "<|Assistant|>")), ("temperature", 0.6), ("top_p", 0.95)),
)
_QWEN2 = Style("completion tools", system=texts.QWEN_SYSTEM)
_QWEN3 = Style(
    "completion tools thinking",
    parameters=(("stop", _ENDS), ("temperature", 0.6), ("top_k", 20), ("top_p", 0.95)),
)
_QWEN3_CODER = Style("completion tools", parameters=(("stop", _ENDS), ("temperature", 0.7)))
_CODER_GGUF = Style("completion insert", parameters=(("stop", _ENDS),))
_GEMMA = Style(
    "completion vision",
    texts.GEMMA,
    texts.GEMMA_LICENCE,
    parameters=(("stop", ("<end_of_turn>",)), ("temperature", 1), ("top_k", 64), ("top_p", 0.95)),
)
_LLAMA = Style(
    "completion tools", texts.LLAMA3, texts.LLAMA_LICENCE, parameters=(("stop", _LLAMA_ENDS),)
)
_LLAMA_VISION = Style("completion vision", texts.LLAMA3, texts.LLAMA_LICENCE)
_GPT_OSS = Style("completion tools thinking", parameters=(("temperature", 1),))
_CODESTRAL = Style("completion insert", texts.MISTRAL, texts.MISTRAL_LICENCE)
_MISTRAL = Style("completion tools", texts.MISTRAL)
_MISTRAL_SMALL = Style(
    "completion tools vision",
    texts.MISTRAL,
    system=texts.MISTRAL_SYSTEM,
    parameters=(("temperature", 0.15),),
)
_PHI = Style(licence=texts.MIT, parameters=(("stop", (*_ENDS, "<|im_sep|>")),))
_SMOLLM = Style(system=texts.SMOLLM_SYSTEM, parameters=(("stop", _ENDS),))
_EMBED = Style("embedding", texts.PLAIN, parameters=(("num_ctx", 2048),))
_EMBED_SHORT = Style("embedding", texts.PLAIN, parameters=(("num_ctx", 512),))
_STARCODER = Style("completion insert", texts.PLAIN, texts.MIT, has_families=False)

HF_CODER = "hf.co/bartowski/Qwen2.5-Coder-32B-Instruct-GGUF:Q4_K_M"
"""A model that comes from Hugging Face."""

INSTALLED = (
    Entry("codestral:22b", 12_569_170_041, "codestral", "Q4_0", _CODESTRAL, 412),
    Entry("deepseek-r1:32b", 19_851_337_640, "qwen2-32b", "Q4_K_M", _R1, 124),
    Entry("deepseek-r1:70b", 42_520_412_561, "llama-70b", "Q4_K_M", _R1, 124.1),
    Entry("devstral:24b", 14_333_927_918, "devstral", "Q4_K_M", _MISTRAL, 96),
    Entry("gemma3:4b", 3_338_801_804, "gemma3-4b", "Q4_K_M", _GEMMA, 22),
    Entry("gemma3:27b", 17_396_936_941, "gemma3-27b", "Q4_K_M", _GEMMA, 22.01),
    Entry("gpt-oss:20b", 13_793_441_244, "gpt-oss-20b", "MXFP4", _GPT_OSS, 67),
    Entry("gpt-oss:120b", 65_369_818_941, "gpt-oss-120b", "MXFP4", _GPT_OSS, 66),
    Entry(HF_CODER, 19_851_336_896, "qwen2-32b", "Q4_K_M", _CODER_GGUF, 158),
    Entry("llama3.1:8b", 4_920_753_328, "llama-8b", "Q4_K_M", _LLAMA, 251),
    Entry("llama3.1:405b", 243_119_806_218, "llama-405b", "Q4_K_M", _LLAMA, 201),
    Entry("llama3.2-vision:11b", 7_816_589_186, "mllama", "Q4_K_M", _LLAMA_VISION, 249),
    Entry("mistral-small3.2:24b", 15_177_384_862, "mistral3", "Q4_K_M", _MISTRAL_SMALL, 61),
    Entry("mixtral:8x22b", 79_509_285_991, "mixtral", "Q4_0", _MISTRAL, 538),
    Entry("mxbai-embed-large:latest", 669_615_493, "mxbai", "F16", _EMBED_SHORT, 420),
    Entry("nomic-embed-text:latest", 274_302_450, "nomic", "F16", _EMBED, 420.02),
    Entry("phi4:14b", 9_053_116_391, "phi4", "Q4_K_M", _PHI, 377),
    Entry("qwen2.5:14b", 8_988_124_069, "qwen2-14b", "Q4_K_M", _QWEN2, 2.3),
    Entry("qwen3:30b-a3b", 18_556_699_314, "qwen3-30b-a3b", "Q4_K_M", _QWEN3, 6.2),
    Entry("qwen3:235b-a22b", 142_148_497_722, "qwen3-235b-a22b", "Q4_K_M", _QWEN3, 6.5),
    Entry("smollm2:135m", 270_898_672, "smollm2-135m", "F16", _SMOLLM, 389),
    Entry("starcoder2:15b", 9_065_437_184, "starcoder2", "Q4_0", _STARCODER, 760),
)
"""What the demo's server has."""

PULLABLE = (
    Entry("all-minilm:latest", 45_960_996, "minilm", "F16", _EMBED_SHORT),
    Entry("bge-m3:latest", 1_157_671_200, "bge-m3", "F16", _EMBED),
    Entry("deepseek-r1:8b", 5_225_376_047, "qwen3-8b", "Q4_K_M", _R1),
    Entry("gemma3:1b", 815_319_791, "gemma3-1b", "Q4_K_M", _GEMMA),
    Entry("gemma3:12b", 8_149_190_253, "gemma3-12b", "Q4_K_M", _GEMMA),
    Entry("llama3.2:1b", 1_321_098_329, "llama-1b", "Q8_0", _LLAMA),
    Entry("llama3.2:3b", 2_019_393_189, "llama-3b", "Q4_K_M", _LLAMA),
    Entry("llama3.3:70b", 42_520_413_916, "llama-70b", "Q4_K_M", _LLAMA),
    Entry("mistral:7b", 4_372_824_384, "mistral-7b", "Q4_K_M", _MISTRAL),
    Entry("phi4-mini:3.8b", 2_491_876_774, "phi4-mini", "Q4_K_M", _PHI),
    Entry("qwen2.5-coder:7b", 4_683_087_332, "qwen2-7b", "Q4_K_M", _CODER_GGUF),
    Entry("qwen3:0.6b", 522_653_767, "qwen3-0.6b", "Q4_K_M", _QWEN3),
    Entry("qwen3:8b", 5_225_388_164, "qwen3-8b", "Q4_K_M", _QWEN3),
    Entry("qwen3:32b", 20_201_253_588, "qwen3-32b", "Q4_K_M", _QWEN3),
    Entry("qwen3-coder:30b", 18_556_701_140, "qwen3-30b-a3b", "Q4_K_M", _QWEN3_CODER),
    Entry("smollm2:360m", 725_566_512, "smollm2-360m", "F16", _SMOLLM),
)
"""What the demo's registry offers besides."""

LATEST = (
    "deepseek-r1:8b",
    "gemma3:4b",
    "gpt-oss:20b",
    "llama3.1:8b",
    "llama3.2:3b",
    "llama3.3:70b",
    "mistral:7b",
    "phi4:14b",
    "phi4-mini:3.8b",
    "qwen2.5-coder:7b",
    "qwen3:8b",
    "qwen3-coder:30b",
)
"""The models that are also called `latest`."""
