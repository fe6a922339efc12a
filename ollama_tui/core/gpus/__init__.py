"""The GPUs of this machine: what they have, who holds it, and how that is read."""

from ollama_tui.core.gpus.holders import Holder, Holding, Shares, share_out
from ollama_tui.core.gpus.values import Gpu, GpuProcess, Reading
from ollama_tui.core.gpus.watched import Gpus

__all__ = ["Gpu", "GpuProcess", "Gpus", "Holder", "Holding", "Reading", "Shares", "share_out"]
