"""Breaks of who may ask the API, and of the TLS that they come by."""

from __future__ import annotations

from tests.mutants.breaks import Break

_AUTH = "tests/unit/http/test_auth.py"
_CERTIFICATES = "tests/unit/http/test_certificates.py"
_CLI = "tests/unit/cli/test_tls.py"
_FILES = "tests/unit/http/test_tls_files.py"
_ORIGIN = "tests/unit/http/test_origin.py"
_SERVED = "tests/unit/http/test_tls_serve.py"
_TLS = "tests/unit/http/test_tls.py"


def _of(name: str, file: str, old: str, new: str, *tests: str) -> Break:
    return Break(f"door: {name}", f"daemonctl/{file}", old, new, tests)


BREAKS = (
    _of(
        "the token is compared in other than constant time",
        "http/auth.py",
        "return hmac.compare_digest(",
        "return bytes.__eq__(",
        _AUTH,
    ),
    _of(
        "a changed token file is not read again",
        "http/auth.py",
        "if seen == self._seen:",
        "if self._seen:",
        _AUTH,
    ),
    _of(
        "without token and certificate somebody comes in",
        "http/auth.py",
        "raise RefusedError(Why.NO_CREDENTIAL, HTTPStatus.FORBIDDEN, words)",
        'proof = ""',
        _SERVED,
    ),
    _of(
        "who nobody proves to be listens off loopback",
        "http/serve.py",
        "if spec.exposed:",
        "if False:",
        "tests/unit/http/test_health.py",
    ),
    _of(
        "a config under which nobody would have to authenticate is good",
        "adapters/config/http.py",
        "if not http_spec(part).exposed:",
        "if True:",
        "tests/unit/adapters/test_config_http.py",
    ),
    _of(
        "a certificate counts without client CAs",
        "http/serve.py",
        "if files is not None and certified else None",
        "if files is not None else None",
        "tests/unit/http/test_tls_serve.py",
    ),
    _of(
        "a standby sends clients of TLS to plain http",
        "http/serve.py",
        '"http" if spec.tls is None else "https"',
        '"http"',
        "tests/unit/http/test_standby.py",
    ),
    _of(
        "a certificate that has ended goes on over an open connection",
        "http/certificates.py",
        "<= self._now():",
        "<= 0.0:",
        _CERTIFICATES,
    ),
    _of(
        "a CA that was taken away goes on over an open connection",
        "http/certificates.py",
        "if cas != self._files.context().client_cas:",
        "if False:",
        _CERTIFICATES,
    ),
    _of(
        "what the browser says of the page is not looked at",
        "http/origin.py",
        "if site in _OWN_SITE and all(",
        "if all(",
        _ORIGIN,
    ),
    _of(
        "only one of several origins is looked at",
        "http/origin.py",
        'request.headers.getall("Origin", [])',
        'request.headers.getall("Origin", [])[:1]',
        _ORIGIN,
    ),
    _of(
        "a page of http is own to a listener with TLS",
        "http/origin.py",
        'if request.secure and scheme != "https":',
        "if False:",
        _ORIGIN,
    ),
    _of(
        "the port of a page does not count",
        "http/origin.py",
        "(host, default if port is None else port)",
        "(host, default)",
        _ORIGIN,
    ),
    _of(
        "old TLS is spoken",
        "http/tls.py",
        "ssl.TLSVersion.TLSv1_2",
        "ssl.TLSVersion.MINIMUM_SUPPORTED",
        _TLS,
    ),
    _of(
        "everybody may read the key",
        "http/tls.py",
        'key == "keyFile" and mode & S_IRWXO',
        "False",
        _TLS,
    ),
    _of(
        "client certificates are not asked for",
        "http/tls.py",
        "ssl.CERT_OPTIONAL",
        "ssl.CERT_NONE",
        _TLS,
        _SERVED,
    ),
    _of(
        "what has expired is served",
        "http/tls.py",
        "not_after = min(not_after, _try(context, spec.cert_file, chain, faults))",
        "pass",
        _TLS,
    ),
    _of(
        "an issuer that has ended is served",
        "http/tls.py",
        "if ends <= now:",
        "if False:",
        _TLS,
    ),
    _of(
        "client CAs that have all ended are believed",
        "http/tls.py",
        "elif max(ends) <= now:",
        "elif False:",
        _TLS,
    ),
    _of(
        "renewed files wait for a restart",
        "http/tls_files.py",
        "if seen == self._seen and not again:",
        "if not again:",
        _FILES,
    ),
    _of(
        "what could not be used is not tried again",
        "http/tls_files.py",
        "and not again:",
        "and True:",
        _FILES,
    ),
    _of(
        "each look tells the same fault",
        "http/tls_files.py",
        "if str(error) != self.fault:",
        "if True:",
        _FILES,
    ),
    _of(
        "a certificate that is refused is not counted",
        "http/tls_files.py",
        "                refused(error.verify_message)\n                self._failed",
        "                self._failed",
        _SERVED,
    ),
    _of(
        "whose certificate is refused does not hear why",
        "http/tls_files.py",
        "raise ssl.SSLWantReadError from error",
        "raise",
        _CLI,
    ),
    _of(
        "every refusal is a line of the log",
        "http/refusals.py",
        'if now - self._said.get(why, float("-inf")) < QUIET:',
        "if False:",
        "tests/unit/http/test_refusals.py",
    ),
    _of(
        "the journal does not say by what somebody proved who they are",
        "http/auth.py",
        "before = CALLER.set(proof)",
        'before = CALLER.set("")',
        "tests/unit/http/test_operate.py",
    ),
    _of(
        "what one request proved stays for the next of its connection",
        "http/auth.py",
        "CALLER.reset(before)",
        "pass",
        _AUTH,
    ),
    _of(
        "the command line believes any server",
        "cli/tls.py",
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)",
        "context = ssl._create_unverified_context()",
        _CLI,
    ),
    _of(
        "the command line believes the system beside --ca-file",
        "cli/tls.py",
        "    if server.ca_file:\n        context.verify_flags",
        "    context.load_default_certs()\n    if server.ca_file:\n        context.verify_flags",
        _CLI,
    ),
    _of(
        "the command line takes the token from https to http",
        "cli/leader.py",
        'new.scheme == "https" or (new.scheme, old.scheme) == ("http", "http")',
        "True",
        _CLI,
    ),
)
