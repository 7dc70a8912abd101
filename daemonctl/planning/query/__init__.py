"""ECS's cluster query language: parse an expression once, ask it about many container instances.

Source of the grammar and of the examples: "Cluster query language" and "Task placement
constraints" in the Amazon ECS Developer Guide. What the guide leaves open is decided in
`eval`, `values` and `pattern`, and said there to be unverified.
"""

from __future__ import annotations

from daemonctl.planning.query.eval import Subject, matches
from daemonctl.planning.query.lex import QueryError
from daemonctl.planning.query.nodes import Expression, subjects_of
from daemonctl.planning.query.parse import parse
from daemonctl.planning.query.render import render

__all__ = ["Expression", "QueryError", "Subject", "matches", "parse", "render", "subjects_of"]
