# On top of daemonctl.hcl, with servicesRegistered: daemonctl takes services of containers that are gone out through their agents.
service_prefix "" { policy = "write" }
