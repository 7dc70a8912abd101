"""The text of a config as a tree of plain values, and the line of each."""

from __future__ import annotations

import json

import yaml

from daemonctl.adapters.config.faults import ConfigError, Fault, Lines
from daemonctl.adapters.config.tree import Tree, Walker

MOST_BYTES = 1024 * 1024
"""A config is kilobytes; more is a mistake, such as the wrong file."""


class Document:
    """A config as it was written: its tree, its lines, and faults that left a tree all the same."""

    def __init__(self, tree: dict[str, Tree], lines: Lines, faults: list[Fault]) -> None:
        self.tree = tree
        self.lines = lines
        self.faults = faults


def read(raw: bytes, *, as_json: bool = False) -> Document:
    """Reads YAML, or JSON where ``as_json``.

    Raises:
        ConfigError: there is no tree to look at: too big, no text, no YAML, no mapping.
    """
    if len(raw) > MOST_BYTES:
        raise _no(f"{len(raw)} bytes; a config has at most {MOST_BYTES}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _no("this is not UTF-8 text", line) from None
    if not (as_json and text.strip()):
        return _compose(text)
    tree = _json(text)
    # For lines and doubled keys alone: YAML 1.1 has other numbers and no pairs of surrogates. It
    # takes no tabs where JSON does; inside a JSON string there can be none.
    document = _compose(text.replace("\t", " "))
    return Document(tree, document.lines, document.faults)


def _json(text: str) -> dict[str, Tree]:
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        raise _no(f"no JSON: {error.msg}", error.lineno) from None
    except ValueError:
        raise _no("no JSON: a number without measure") from None
    except RecursionError:
        raise _no("nested too deep") from None
    return tree if isinstance(tree, dict) else {}


def _compose(text: str) -> Document:
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            raise _no("the file is empty; it needs at least owner, clusters and daemons")
        walker = Walker(loader)
        tree = walker.walk(root)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _no("a character that YAML does not allow", line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _no(f"no YAML: {error.problem}", mark.line + 1 if mark else 1) from None
    except RecursionError:
        raise _no("nested too deep") from None
    if not isinstance(tree, dict):
        raise ConfigError([*walker.faults, Fault("", 1, "the file has to be a mapping of keys")])
    return Document(tree, Lines(walker.lines), walker.faults)


def _no(words: str, line: int = 1) -> ConfigError:
    return ConfigError([Fault("", line, words)])
