"""From YAML's nodes to plain values, remembering lines and refusing what nobody means."""

from __future__ import annotations

import yaml

from daemonctl.adapters.config.faults import ConfigError, Fault, Path, spell

Tree = None | bool | int | float | str | list["Tree"] | dict[str, "Tree"]
"""A plain value of a config."""

MOST_NODES = 50_000
"""Values in one config, aliases counted as often as they are used: they multiply."""

DEEPEST = 40

_MERGE = "tag:yaml.org,2002:merge"
_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str")}
_KINDS = {"tag:yaml.org,2002:timestamp": "a date", "tag:yaml.org,2002:binary": "binary data"}


class Walker:
    """Walks one document. Faults that leave a value to go on with are collected."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self._loader = loader
        self._left = MOST_NODES
        self._told: set[int] = set()  # nodes whose faults are known; aliases show them again
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []

    def walk(self, node: yaml.Node, path: Path = (), depth: int = 0) -> Tree:
        """The value of a node.

        Raises:
            ConfigError: it is too deep, refers to itself, or grows beyond measure.
            yaml.YAMLError: a scalar is not what its tag says.
        """
        self._left -= 1
        if self._left < 0:
            words = f"more than {MOST_NODES} values, aliases counted as often as they are used"
            raise ConfigError([Fault("", _line(node), words)])
        if depth > DEEPEST:
            words = f"nested deeper than {DEEPEST} levels, or an alias inside what it names"
            raise ConfigError([Fault("", _line(node), words)])
        self.lines.setdefault(path, _line(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth + 1)
        if isinstance(node, yaml.SequenceNode):
            kids = enumerate(node.value)
            return [self.walk(kid, (*path, at), depth + 1) for at, kid in kids]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[str, Tree]:
        merged: dict[str, Tree] = {}
        # First, so that a key of the mapping's own has the last word on its line as well.
        for key_node, kid in node.value:
            if key_node.tag == _MERGE:
                merged = {**self._merge(kid, path, depth), **merged}
        own: dict[str, Tree] = {}
        for key_node, kid in node.value:
            key = None if key_node.tag == _MERGE else self._key(key_node, path)
            if key is None:
                continue
            at = (*path, key)
            if key in own:
                words = f"the key is there twice; first in line {self.lines[at]}"
                self._tell(key_node, at, words)
            # The key's line, not the value's: a long value begins on the next one.
            self.lines[at] = _line(key_node)
            own[key] = self.walk(kid, at, depth)
        return {**merged, **own}

    def _merge(self, node: yaml.Node, path: Path, depth: int) -> dict[str, Tree]:
        """What ``<<`` brings; of several mappings the first wins."""
        several = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Tree] = {}
        for kid in several:
            brought = self.walk(kid, path, depth) if isinstance(kid, yaml.MappingNode) else None
            if isinstance(brought, dict):
                merged = {**brought, **merged}
            else:
                self._tell(kid, path, "<< merges mappings only")
        return merged

    def _key(self, node: yaml.Node, path: Path) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
            return str(node.value)
        self._tell(node, path, "a key that is no text; put it in quotes")
        return None

    def _scalar(self, node: yaml.Node, path: Path) -> Tree:
        if node.tag in _PLAIN:
            try:
                value: Tree = self._loader.construct_object(node)
            except (ValueError, KeyError):  # a tag written out that the text does not fit
                self._tell(node, path, "a value that is not what its YAML tag says")
                return None
            return value
        kind = _KINDS.get(node.tag)
        words = (
            f"{kind} is not expected here; put text in quotes" if kind else "an unknown YAML tag"
        )
        self._tell(node, path, words)
        return str(node.value)

    def _tell(self, node: yaml.Node, path: Path, words: str) -> None:
        if id(node) not in self._told:
            self._told.add(id(node))
            self.faults.append(Fault(spell(path), _line(node), words))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
