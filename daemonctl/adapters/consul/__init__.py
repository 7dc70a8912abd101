"""Consul behind its ports, over python-consul (or its fork py-consul: both are `consul`)."""
