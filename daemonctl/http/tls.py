"""TLS of the API listener: its files, looked at before any client sees them.

OpenSSL tells little about a certificate that it only loads. So once everything is loaded a client
shakes hands with it in memory, which finds what a client outside would find.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from pathlib import Path
from stat import S_IRWXO
from typing import Final, NamedTuple

from msgspec import Struct

from daemonctl.model.spec import TlsSpec

_KEYS: Final = ("certFile", "keyFile", "clientCaFile")
_MOST_BYTES: Final = 1024 * 1024
_NO_MATCH: Final = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
_VERIFY_EXPIRED: Final = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_ROUNDS: Final = 8  # of messages to and fro: a handshake has three


class TlsFault(NamedTuple):
    """What is wrong with one of the files, by its key under ``http.tls``."""

    key: str
    words: str
    absent: bool = False  # it is not there, or not for this user to read


class TlsFilesError(Exception):
    """The files cannot be used. ``str()`` is one line."""

    def __init__(self, faults: Sequence[TlsFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: _KEYS.index(fault.key)))
        words = (f"http.tls.{fault.key} {fault.words}" for fault in self.faults)
        super().__init__("; ".join(words))


class Context(ssl.SSLContext):
    """OpenSSL's context, and the text of the client CAs that it believes."""

    client_cas: str = ""


class Loaded(Struct, frozen=True):
    """What handshakes are made with; the first of the certificates ends at ``not_after``."""

    context: Context
    not_after: float


def load(spec: TlsSpec, now: float) -> Loaded:
    """A context of the files as they are now.

    Raises:
        TlsFilesError: A file cannot be read, or does not hold what it should; certificate and key
            do not belong together; something has expired; everybody may read the key.
    """
    faults: list[TlsFault] = []
    chain = _text(spec.cert_file, "certFile", faults)
    key = _text(spec.key_file, "keyFile", faults)
    not_after = 0.0 if chain is None else _certificates(spec.cert_file, chain, now, faults)
    cas = _text(spec.client_ca_file, "clientCaFile", faults) if spec.client_ca_file else ""
    if spec.client_ca_file and cas is not None:
        _client_cas(spec.client_ca_file, cas, now, faults)
    context = Context(ssl.PROTOCOL_TLS_SERVER)
    may_load = key is not None and not any(fault.key == "certFile" for fault in faults)
    if chain is not None and may_load and _loaded(context, spec, faults):
        not_after = min(not_after, _try(context, spec.cert_file, chain, faults))
    if faults:
        raise TlsFilesError(faults)
    _settle(context, cas or "")
    return Loaded(context, not_after)


def _text(path: str, key: str, faults: list[TlsFault]) -> str | None:
    try:
        with Path(path).open("rb") as file:
            raw, mode = file.read(_MOST_BYTES + 1), os.fstat(file.fileno()).st_mode
    except OSError as error:
        absent = isinstance(error, FileNotFoundError | PermissionError)
        faults.append(TlsFault(key, f"{path}: {error.strerror or error}", absent))
        return None
    if key == "keyFile" and mode & S_IRWXO:
        words = f"{path}: everybody on this host may read or write the key: chmod o= {path}"
        faults.append(TlsFault(key, words))
    if len(raw) > _MOST_BYTES:
        faults.append(TlsFault(key, f"{path}: more than {_MOST_BYTES} bytes: the wrong file?"))
        return None
    return raw.decode("ascii", "ignore")  # comments may hold anything


def _certificates(path: str, chain: str, now: float, faults: list[TlsFault]) -> float:
    """When the first of the issuers in the file ends; infinite where it has none."""
    try:
        issuers = _cas_in(chain)
    except (ssl.SSLError, ValueError):
        words = f"{path}: holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"
        faults.append(TlsFault("certFile", words))
        return 0.0
    ends = min(issuers, default=float("inf"))
    if ends <= now:
        faults.append(TlsFault("certFile", f"{path}: {_expired(path)}"))
    return ends


def _client_cas(path: str, cas: str, now: float, faults: list[TlsFault]) -> None:
    try:
        ends = _cas_in(cas)
    except (ssl.SSLError, ValueError):
        words = f"{path}: holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"
        faults.append(TlsFault("clientCaFile", words))
        return
    if not ends:
        words = (
            f"{path}: no certificate in it is a CA's: name the file of the CA that signs clients"
        )
        faults.append(TlsFault("clientCaFile", words))
    elif max(ends) <= now:
        faults.append(TlsFault("clientCaFile", f"{path}: {_expired(path)}"))


def _cas_in(text: str) -> list[float]:
    """When each CA's certificate in a text ends. Raises ssl.SSLError, ValueError."""
    holder = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    holder.load_verify_locations(cadata=text)
    return [ssl.cert_time_to_seconds(str(found["notAfter"])) for found in holder.get_ca_certs()]


def _expired(path: str) -> str:
    return f"has expired; openssl x509 -noout -dates -in {path} tells when: put a new one there"


class _AskedError(Exception):
    """OpenSSL wanted a password."""


def _asked() -> str:
    raise _AskedError


def _loaded(context: Context, spec: TlsSpec, faults: list[TlsFault]) -> bool:
    """Whether certificate and key could be loaded."""
    try:
        context.load_cert_chain(spec.cert_file, spec.key_file, _asked)
    except _AskedError:
        words = f"{spec.key_file}: is encrypted, and nobody is there to be asked for its password"
        faults.append(TlsFault("keyFile", f"{words}: openssl pkey -in … -out … writes it without"))
    except ssl.SSLError as error:
        faults.append(_unloadable(spec, error))
    except OSError as error:  # it went since it was read
        faults.append(TlsFault("certFile", f"{spec.cert_file}: {error.strerror or error}"))
    else:
        return True
    return False


def _settle(context: Context, cas: str) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # OpenSSL 3 refuses a client's, too, 1.1 did not
    context.set_alpn_protocols(["http/1.1"])
    if cas:
        context.load_verify_locations(cadata=cas)
        context.client_cas = cas
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an intermediate CA alone will do


def _unloadable(spec: TlsSpec, error: ssl.SSLError) -> TlsFault:
    if error.reason in _NO_MATCH:
        words = f"{spec.key_file}: is the key of another certificate than certFile {spec.cert_file}"
        return TlsFault("keyFile", words)
    if error.reason:
        words = error.reason.lower().replace("_", " ")
        return TlsFault("certFile", f"{spec.cert_file}: OpenSSL refuses it: {words}")
    return TlsFault("keyFile", f"{spec.key_file}: holds no private key in PEM")


def _try(context: Context, path: str, chain: str, faults: list[TlsFault]) -> float:
    """When it ends, found by a client that believes this very certificate."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(cadata=chain)
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(back, there)
    sides = (asking, context.wrap_bio(there, back, server_side=True))
    try:
        for _ in range(_ROUNDS):
            for side in sides:
                _step(side)
        found = asking.getpeercert() or {}
        return ssl.cert_time_to_seconds(str(found["notAfter"]))
    except ssl.SSLCertVerificationError as error:
        words = _expired(path) if error.verify_code == _VERIFY_EXPIRED else error.verify_message
    except (ssl.SSLError, ValueError) as error:  # a curve or a signature that TLS does not take
        why = getattr(error, "reason", None) or "the handshake does not end"
        words = f"no client can use it: {why.lower().replace('_', ' ')}"
    faults.append(TlsFault("certFile", f"{path}: {words}"))
    return 0.0


def _step(side: ssl.SSLObject) -> None:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return
