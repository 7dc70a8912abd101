"""What a scrape tells of the API listener's certificate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from daemonctl.telemetry.metrics import PREFIX


class Certificate(Protocol):
    """The certificate in use."""

    @property
    def not_after(self) -> float:
        """When the first certificate of its file ends, epoch seconds."""
        ...

    @property
    def fault(self) -> str:
        """Why the files as they are now are not the ones in use; "" where they are."""
        ...

    def refresh(self) -> None:
        """Looks whether the files changed."""
        ...


class TlsGauges(Collector):
    """Read at the moment of a scrape, which also has new files looked at."""

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not read files."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Both gauges."""
        self._certificate.refresh()
        yield GaugeMetricFamily(
            f"{PREFIX}tls_certificate_expiry_timestamp_seconds",
            "When the API listener's certificate, or the first that signed it, ends.",
            self._certificate.not_after,
        )
        yield GaugeMetricFamily(
            f"{PREFIX}tls_last_reload_successful",
            "1 where the TLS files as they are now are the ones in use.",
            0.0 if self._certificate.fault else 1.0,
        )
