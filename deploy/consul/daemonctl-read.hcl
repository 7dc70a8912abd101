# daemonctl with nothing kept in Consul and nothing removed from it: it reads which agents are alive.
node_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
