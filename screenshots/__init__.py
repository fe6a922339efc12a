"""Pictures of the main states, made from the demo; the snapshot tests hold the same states."""
