"""Which controller a command asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

DEFAULT_SERVER: Final = "http://127.0.0.1:8080"


class Server(NamedTuple):
    """A running controller's API, and the files that it is asked with; "" for none."""

    url: str
    token_file: str = ""
    ca_file: str = ""  # whom to believe who the server is; "": whom the system believes
    cert_file: str = ""  # a certificate of the client's own
    key_file: str = ""  # its key, where ``cert_file`` does not hold it


OF_SERVER: Final = ("server", "token_file", "ca_file", "cert", "key")
"""Options that make up one ``Server``."""


def server_of(named: Mapping[str, Any]) -> Server:
    """What the options of a command say of the controller to ask."""
    return Server(named["server"] or DEFAULT_SERVER, *(named[name] for name in OF_SERVER[1:]))
