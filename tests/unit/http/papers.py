"""Certificates for a test: a CA, what it signs, and the files of ``http.tls``."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from daemonctl.model.spec import TlsSpec

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


class Papers:
    """A folder with ``cert.pem`` and ``key.pem`` of a server on loopback, and ``ca.pem``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = trustme.CA()
        self.ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        self.serve()

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def issue(self, name: str, *, ca: trustme.CA | None = None, ended: bool = False) -> str:
        """A client's certificate and its key in one file; the file's path."""
        made = (ca or self.ca).issue_cert(
            f"{name}@example.org",
            common_name=name,
            not_after=YESTERDAY if ended else None,
        )
        made.private_key_and_cert_chain_pem.write_to_path(self.path(f"{name}.pem"))
        return self.path(f"{name}.pem")

    def for_servers(self, name: str) -> str:
        """As ``issue``, of a certificate that is good for servers only."""
        signing = serialization.load_pem_private_key(self.ca.private_key_pem.bytes(), None)
        ca = x509.load_pem_x509_certificate(self.ca.cert_pem.bytes())
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        end = datetime(2100, 1, 1, tzinfo=UTC)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        assert isinstance(signing, ec.EllipticCurvePrivateKey)
        made = (
            x509.CertificateBuilder(ca.subject, subject, key.public_key(), 7, YESTERDAY, end)
            .add_extension(usage, critical=False)
            .sign(signing, hashes.SHA256())
        )
        plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        text = key.private_bytes(serialization.Encoding.PEM, *plain)
        self.write(f"{name}.pem", text + made.public_bytes(serialization.Encoding.PEM))
        return self.path(f"{name}.pem")

    def serve(self, *, ended: bool = False, ca: trustme.CA | None = None) -> None:
        """Another certificate for the server, in place of the one that is there."""
        made = (ca or self.ca).issue_cert(
            "127.0.0.1", "localhost", not_after=YESTERDAY if ended else None
        )
        chain = b"".join(blob.bytes() for blob in made.cert_chain_pems)
        self.write("cert.pem", chain)
        self.write("key.pem", made.private_key_pem.bytes())

    def write(self, name: str, content: bytes) -> None:
        """A file that only its owner may read, put into place whole."""
        new = self.folder / f"{name}.new"
        new.write_bytes(content)
        new.chmod(0o600)
        new.rename(self.folder / name)

    def spec(self, *, clients: bool = False) -> TlsSpec:
        cas = self.path("ca.pem") if clients else ""
        return TlsSpec(self.path("cert.pem"), self.path("key.pem"), cas)

    def client(self, certificate: str = "") -> ssl.SSLContext:
        """A client that believes the CA."""
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        if certificate:
            context.load_cert_chain(certificate)
        return context
