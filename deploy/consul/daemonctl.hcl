# daemonctl reads which agents are alive, and keeps its own state below one key.
node_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
key_prefix "daemonctl/" { policy = "write" }
