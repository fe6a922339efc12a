"""Pictures of values: each can be made alone, given a value and looked at."""
