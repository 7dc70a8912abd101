# acl.tokens.agent of every container instance: it may be a node named after its EC2 instance, and see the others.
node_prefix "i-" { policy = "write" }
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
