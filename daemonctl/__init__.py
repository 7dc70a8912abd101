"""Keeps daemons on every container instance of an Amazon ECS cluster."""
