"""What a model is made of: layers by digest, and the values that `show` tells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

_MEDIA = "application/vnd.ollama.image."


@dataclass(frozen=True, slots=True)
class Layer:
    """One file of a model."""

    digest: str
    """With the prefix `sha256:`."""
    kind: str
    """`model` for the weights; `template`, `system`, `license`, `params` or `config`."""
    size: int

    @property
    def media_type(self) -> str:
        """The layer's type as manifests write it."""
        return _MEDIA + self.kind


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Everything about a model that is not its weights."""

    family: str = "llama"
    families: tuple[str, ...] | None = ("llama",)
    """None where the server says `null`."""
    parameter_size: str = "8.0B"
    quantization_level: str = "Q4_K_M"
    context_length: int = 4096
    embedding_length: int = 4096
    format: str = "gguf"
    parent_model: str = ""
    capabilities: tuple[str, ...] = ("completion",)
    template: str = "{{ .Prompt }}"
    system: str = ""
    licences: tuple[str, ...] = ()
    parameters: tuple[tuple[str, object], ...] = ()
    """A list value stands for several lines of the same name."""
    remote_model: str = ""
    remote_host: str = ""
    model_info: Mapping[str, object] = field(default_factory=dict)
    """A tuple stands for an array, which is sent only when asked for with `verbose`."""

    def __hash__(self) -> int:
        """One that does without the mapping, which has none."""
        return hash((self.family, self.parameter_size, self.quantization_level, self.template))

    @property
    def is_remote(self) -> bool:
        """The model runs in the cloud; what is here is its name."""
        return bool(self.remote_host)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A model: its layers in order, the config last."""

    digest: str
    """Without the prefix `sha256:`, as lists give it."""
    layers: tuple[Layer, ...]
    config: ModelConfig

    @property
    def size(self) -> int:
        """The bytes of all layers, shared or not."""
        return sum(layer.size for layer in self.layers)

    @property
    def weights(self) -> Layer | None:
        """The layer with the weights; None for a model that runs in the cloud."""
        return next((layer for layer in self.layers if layer.kind == "model"), None)


def sha256(text: str) -> str:
    """Return the hexadecimal digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def text_layer(kind: str, text: str) -> Layer:
    """Return the layer that holds a text; the same text makes the same layer."""
    return Layer(f"sha256:{sha256(text)}", kind, len(text.encode()))


def weights_layer(name: str, size: int) -> Layer:
    """Return a layer of weights whose digest follows from a name."""
    return Layer(f"sha256:{sha256(f'weights of {name}')}", "model", size)


def composed(weights: Layer | None, config: ModelConfig) -> Manifest:
    """Put a model together from its weights and its other values."""
    layers = [weights] if weights else []
    if config.template:
        layers.append(text_layer("template", config.template))
    if config.system:
        layers.append(text_layer("system", config.system))
    layers += [text_layer("license", licence) for licence in config.licences]
    if config.parameters:
        layers.append(text_layer("params", json.dumps(dict(config.parameters))))
    layers.append(text_layer("config", _config_text(config, layers)))
    digest = sha256(json.dumps([layer.digest for layer in layers]))
    return Manifest(digest, tuple(layers), config)


def manifest(name: str, size: int, config: ModelConfig | None = None) -> Manifest:
    """Return a model of about this size whose weights follow from its name."""
    return composed(weights_layer(name, size), config or ModelConfig())


def _config_text(config: ModelConfig, layers: list[Layer]) -> str:
    values = {
        "model_format": config.format,
        "model_family": config.family,
        "model_families": config.families,
        "model_type": config.parameter_size,
        "file_type": config.quantization_level,
        "remote_host": config.remote_host,
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
    }
    return json.dumps({name: value for name, value in values.items() if value})
