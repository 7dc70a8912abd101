# registrator registers whatever runs on its host with the agent beside it; it needs nothing else.
service_prefix "" { policy = "write" }
