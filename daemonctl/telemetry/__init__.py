"""What is told to people and machines: logs and metrics, behind the ``Sink`` port."""
