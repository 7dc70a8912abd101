# Beside daemonctl-ghosts.hcl: the agents' gossip forgets them, too. Without it (or with consul.ghosts.forceLeave: false) failed agents stay in
# `consul members` until Consul reaps them, after three days. It is a strong right: it may change how Consul's servers are run.
operator = "write"
