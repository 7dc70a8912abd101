"""The instance side of the local ECS: an agent that turns payloads into Docker containers."""
