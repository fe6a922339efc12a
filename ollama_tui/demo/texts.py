"""Templates, system prompts and licences for the demo's models."""

from __future__ import annotations

CHATML = """{{- if .System }}<|im_start|>system
{{ .System }}<|im_end|>
{{ end }}{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
"""Qwen and SmolLM."""

LLAMA3 = """{{- if .System }}<|start_header_id|>system<|end_header_id|>

{{ .System }}<|eot_id|>{{ end }}{{- range .Messages }}
<|start_header_id|>{{ .Role }}<|end_header_id|>

{{ .Content }}<|eot_id|>{{ end }}<|start_header_id|>assistant<|end_header_id|>

"""
"""The Llama 3 family."""

GEMMA = """{{- range .Messages }}<start_of_turn>
{{- if eq .Role "assistant" }}model{{ else }}user{{ end }}
{{ .Content }}<end_of_turn>
{{ end }}<start_of_turn>model
"""
"""Gemma 3."""

MISTRAL = """{{- range .Messages }}{{ if eq .Role "user" }}[INST] {{ .Content }}[/INST]
{{- else }} {{ .Content }}</s>{{ end }}{{ end }}"""
"""Mistral and its kin."""

PLAIN = "{{ .Prompt }}"
"""Models without a conversation."""

QWEN_SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
"""What Qwen 2.5 is told."""

SMOLLM_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
"""What SmolLM2 is told."""

MISTRAL_SYSTEM = """You are Mistral Small 3.2, a Large Language Model (LLM) created by Mistral AI.
You power an AI assistant called Le Chat."""
"""What Mistral Small is told."""

APACHE = """                                 Apache License
                           Version 2.0, January 2004
                        http://www.apache.org/licenses/

   TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION

   1. Definitions.

      "License" shall mean the terms and conditions for use, reproduction,
      and distribution as defined by Sections 1 through 9 of this document.
"""
"""The beginning of the Apache licence."""

MIT = """MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction.
"""
"""The beginning of the MIT licence."""

LLAMA_LICENCE = """LLAMA 3.1 COMMUNITY LICENSE AGREEMENT
Llama 3.1 Version Release Date: July 23, 2024

"Agreement" means the terms and conditions for use, reproduction, distribution
and modification of the Llama Materials set forth herein.
"""
"""The beginning of Meta's licence."""

GEMMA_LICENCE = """Gemma Terms of Use

Last modified: February 21, 2024

By using, reproducing, modifying, distributing, performing or displaying any
portion or element of Gemma, you agree to be bound by this Agreement.
"""
"""The beginning of Google's terms."""

MISTRAL_LICENCE = """# Mistral AI Non-Production License

## 1. Scope and acceptance

This Agreement applies to any use, modification, or Distribution of any Mistral
Model by You, regardless of the source You obtained a copy of such Mistral Model.
"""
"""The beginning of Mistral's licence for research."""
