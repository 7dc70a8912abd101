"""ECS behind ports.Cluster: boto3 below, decoding, pairing, pages and budgets above it."""
