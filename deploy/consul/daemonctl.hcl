# daemonctl reads which agents are alive, and keeps its own state below one key; its replicas agree on who leads
# by sessions.
node_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
key_prefix "daemonctl/" { policy = "write" }
session_prefix "" { policy = "write" }
