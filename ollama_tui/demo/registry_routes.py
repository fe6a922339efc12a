"""What a registry answers those who ask it themselves: manifests."""

from __future__ import annotations

import re

from ollama_tui.demo.manifests import Manifest
from ollama_tui.demo.names import Name
from ollama_tui.demo.registry import Registry
from ollama_tui.demo.wire import Answer, Refusal, Request, json_answer

_PATH = re.compile(r"/v2/([^/]+)/([^/]+)/manifests/([^/]+)")
_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


def registry_answer(registry: Registry, host: str, request: Request) -> Answer | None:
    """Answer a question for a manifest at that host; None if the request asks something else."""
    match = _PATH.fullmatch(request.path)
    if match is None:
        return None
    try:
        manifest = registry.manifest(Name(host, *match.groups()), insecure=False)
    except Refusal:
        return json_answer({"errors": [{"code": "MANIFEST_UNKNOWN"}]}, 404, "application/json")
    return json_answer(_document(manifest), 200, _TYPE)


def _document(manifest: Manifest) -> dict[str, object]:
    *layers, config = (
        {"mediaType": layer.media_type, "digest": layer.digest, "size": layer.size}
        for layer in manifest.layers
    )
    return {"schemaVersion": 2, "mediaType": _TYPE, "config": config, "layers": layers}
