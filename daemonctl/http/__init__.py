"""The two listeners: health and metrics for machines, the status API for people and tools."""
