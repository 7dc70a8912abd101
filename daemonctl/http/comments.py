"""What the source says of a type's members, beside them or below: for people who read schemas."""

from __future__ import annotations

import ast
import inspect
import io
import tokenize
from textwrap import dedent


def comments_of(kind: type) -> dict[str, str]:
    """By member: the comment at the end of its line, or the text right below it.

    Empty where the source was not installed.
    """
    try:
        source = dedent(inspect.getsource(kind))
    except OSError:
        return {}
    (tree,) = ast.parse(source).body
    if not isinstance(tree, ast.ClassDef):
        return {}
    beside = _beside(source)
    found = {}
    for at, each in enumerate(tree.body):
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            below = _text(tree.body[at + 1]) if at + 1 < len(tree.body) else ""
            words = beside.get(each.end_lineno or each.lineno) or below
            if words:
                found[each.target.id] = words
    return found


def _beside(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [each for each in tokens if each.type == tokenize.COMMENT]
    return {each.start[0]: each.string.lstrip("# ") for each in comments}


def _text(node: ast.stmt) -> str:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
        return ""
    return " ".join(str(node.value.value).split())
