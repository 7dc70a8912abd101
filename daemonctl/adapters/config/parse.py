"""The text of a config, checked whole: an Installation, or every fault at once."""

from __future__ import annotations

from msgspec.structs import replace
from pydantic import ValidationError

from daemonctl.adapters.config.build import installation
from daemonctl.adapters.config.checks import check
from daemonctl.adapters.config.document import read
from daemonctl.adapters.config.faults import ConfigError
from daemonctl.adapters.config.http import check_exposed, tls_lines
from daemonctl.adapters.config.schema import Config
from daemonctl.adapters.config.words import faults_of
from daemonctl.model.spec import Installation


def parse(raw: bytes, source: str = "", *, as_json: bool = False) -> Installation:
    """The config in ``raw``. Offline: nothing outside it is asked.

    Raises:
        ConfigError: with every fault, in the order of the file.
    """
    try:
        document = read(raw, as_json=as_json)
    except ConfigError as error:
        raise ConfigError(error.faults, source) from None
    tree, lines = document.tree, document.lines
    faults = [*document.faults, *check(tree, lines)]
    config: Config | None = None
    try:
        config = Config.model_validate(tree)
        faults += check_exposed(config.http, lines)
    except ValidationError as error:
        faults += faults_of(error, Config, lines)
    if config is None or faults:
        # One place may be found wrong twice, in the same words, through a YAML alias.
        raise ConfigError(sorted(dict.fromkeys(faults), key=lambda f: (f.line, f.path)), source)
    return replace(installation(config), tls_lines=tls_lines(lines))
