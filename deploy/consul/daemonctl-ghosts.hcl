# Beside daemonctl.hcl, with consul.ghosts: nodes of hosts that are gone are taken out of the catalog.
node_prefix "" { policy = "write" }
