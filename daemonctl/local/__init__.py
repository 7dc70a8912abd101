"""A local ECS: one account, one region, on one machine, for trying and testing."""
