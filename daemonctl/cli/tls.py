"""https to a controller: what it is asked with, and why it did not come about."""

from __future__ import annotations

import ssl
from http.client import BadStatusLine
from typing import Final, NamedTuple

from daemonctl.cli.failure import FailError
from daemonctl.cli.server import Server
from daemonctl.cli.table import plain

_EXPIRED: Final = 10  # X509_V_ERR_CERT_HAS_EXPIRED, and so on: OpenSSL's numbers
_NOT_YET: Final = 9
_UNKNOWN_CA: Final = (2, 18, 19, 20, 21)
_OTHER_NAME: Final = (62, 64)

_NO_TLS: Final = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "UNKNOWN_PROTOCOL",
    "RECORD_LAYER_FAILURE",
)
_REFUSES: Final = "it refuses the client certificate"
_OURS_REFUSED: Final = {
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": f"{_REFUSES}, which has expired",
    "TLSV1_ALERT_UNKNOWN_CA": f"{_REFUSES}: no CA of its clientCaFile signed it",
    "SSLV3_ALERT_BAD_CERTIFICATE": _REFUSES,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _REFUSES,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": f"{_REFUSES}: it is not for clients",
    "TLSV1_ALERT_DECRYPT_ERROR": _REFUSES,
}
_WANTED: Final = ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_HANDSHAKE_FAILURE")
_OUR_CERTIFICATE: Final = "--cert and --key (DAEMONCTL_CERT_FILE, DAEMONCTL_KEY_FILE)"


class Why(NamedTuple):
    """Why no answer came, and what to do."""

    cause: str
    step: str


def context_of(server: Server) -> ssl.SSLContext:
    """What https is spoken with. FailError where a file of it cannot be used.

    As curl does, it trusts whatever ``--ca-file`` holds, be that an intermediate CA's certificate
    or a server's own, and without it the system's CAs.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if server.ca_file:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_verify_locations(server.ca_file)
        except OSError as error:
            cause = _unusable(error, "holds no certificate in PEM")
            raise FailError(f"--ca-file {server.ca_file}: {cause}") from error
    else:
        context.load_default_certs()
    if server.cert_file:
        _show(context, server)
    elif server.key_file:
        words = "is the key of a certificate: give that, too, with --cert (DAEMONCTL_CERT_FILE)"
        raise FailError(f"--key {server.key_file} {words}")
    return context


def _show(context: ssl.SSLContext, server: Server) -> None:
    """Shows the client's certificate to whoever asks for one."""
    key = server.key_file or server.cert_file
    for option, path in (("--cert", server.cert_file), ("--key", key)):
        try:
            with open(path, "rb"):  # noqa: PTH123  # which of both it is OpenSSL does not tell
                pass
        except OSError as error:
            raise FailError(f"{option} {path}: {error.strerror or error}") from error
    try:
        context.load_cert_chain(server.cert_file, key, _no_password)
    except ssl.SSLError as error:
        if error.reason in ("KEY_VALUES_MISMATCH", "NO_CERTIFICATE_ASSIGNED", "KEY_TYPE_MISMATCH"):
            words = f"is the key of another certificate than --cert {server.cert_file}"
            raise FailError(f"--key {key} {words}") from error
        missing = "it holds no certificate in PEM, or the file of --key no private key"
        words = _unusable(error, missing if server.key_file else f"{missing}: give --key")
        raise FailError(f"--cert {server.cert_file}: {words}") from error


def _no_password() -> str:
    raise FailError("--key is encrypted: openssl pkey -in … -out … writes it without a password")


def _unusable(error: OSError, otherwise: str) -> str:
    if isinstance(error, ssl.SSLError):
        told = error.reason not in (None, "NO_CERTIFICATE_OR_CRL_FOUND")
        return error.reason.lower().replace("_", " ") if told else otherwise
    return error.strerror or str(error)


def why_not(error: ssl.SSLError, server: Server) -> Why:
    """Why TLS to it did not come about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _not_believed(error, server)
    reason = error.reason or ""
    if reason in _NO_TLS:
        return Why("it does not speak https", "write --server with http:// if it has no http.tls")
    if reason in _OURS_REFUSED:
        return Why(_OURS_REFUSED[reason], f"give another with {_OUR_CERTIFICATE}, or only a token")
    if reason in _WANTED and not server.cert_file:
        return Why("it wants a client certificate", f"give one with {_OUR_CERTIFICATE}")
    words = reason.lower().replace("_", " ") or plain(str(error))
    return Why(f"TLS failed: {words}", "check --server, and what is in between")


def cut(error: BadStatusLine | ConnectionResetError, server: Server, at: str) -> Why:
    """Why a connection ended, or went wrong, where an answer should have begun or gone on."""
    cut_off = isinstance(error, ConnectionResetError)  # RemoteDisconnected is one, too
    cause = "it closed the connection" if cut_off else "it does not answer in http"
    if at.startswith("http://"):
        return Why(cause, "if it has http.tls write https://, else look at its log")
    if server.cert_file and cut_off:  # asyncio ends a handshake without TLS's own words for it
        words = f"{cause}, as if it refused --cert {server.cert_file}"
        return Why(words, "check that it has not expired, and that a CA of clientCaFile signed it")
    return Why(cause, "look at its log, and at what is in between")


def _not_believed(error: ssl.SSLCertVerificationError, server: Server) -> Why:
    if error.verify_code == _EXPIRED:
        return Why("its certificate has expired", "renew the files of its http.tls")
    if error.verify_code == _NOT_YET:
        return Why("its certificate is not valid yet", "check the clocks of both hosts")
    if error.verify_code in _OTHER_NAME:
        words = plain(error.verify_message).rstrip(".").partition("certificate")[2]
        return Why(f"its certificate{words}", "write --server with a name that is in it")
    if error.verify_code in _UNKNOWN_CA:
        if server.ca_file:
            words = f"nothing in --ca-file {server.ca_file} signed its certificate"
            return Why(words, "give the CA of the server's http.tls.certFile")
        words = "its certificate is of a CA that is not known here"
        return Why(words, "give that CA with --ca-file (DAEMONCTL_CA_FILE)")
    words = f"its certificate is not good: {plain(error.verify_message)}"
    return Why(words, "check the server's http.tls.certFile")
