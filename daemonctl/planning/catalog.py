"""What is told where Consul's catalog cannot be gone by."""

from __future__ import annotations

from daemonctl.model.discovery import STALE_SECONDS, Catalog
from daemonctl.model.reason import Notice
from daemonctl.planning.spending import Counter


def tell_catalog(counter: Counter) -> None:
    """The conditions of a cluster whose daemons' readiness asks for the catalog."""
    catalog = counter.observed.catalog
    if catalog is None:
        return
    if not catalog.known:
        _tell_unknown(counter, catalog)
    if catalog.ambiguous:
        words = "more than one Consul node is alive that may be the agent of the same instance"
        counter.tell(Notice.CONSUL_AMBIGUOUS, f"{words}; such instances: {catalog.ambiguous}")


def _tell_unknown(counter: Counter, catalog: Catalog) -> None:
    began = counter.observed.first_full_at
    if catalog.as_of is None and began is not None and counter.now < began + STALE_SECONDS:
        counter.out.wait(began + STALE_SECONDS)  # the first answer may still be on its way
        return
    words = (
        "Consul's catalog is not known: starts go by what ECS tells, updates wait,"
        " gates keep their value"
    )
    counter.tell(Notice.CONSUL_UNKNOWN, words)
