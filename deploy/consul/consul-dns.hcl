# acl.tokens.default: who asks an agent without a token, DNS above all, may look up what there is.
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
