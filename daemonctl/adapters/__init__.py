"""The outside world behind the ports: AWS, files, clocks. Adapters do not know each other."""
