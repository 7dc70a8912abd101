"""The AWS face of the local ECS: ECS, SQS, EC2 and STS over HTTP, by botocore's own models."""
