"""The mutants that mutmut makes of a file: each is one function, changed in one place."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator
from pathlib import Path

from libcst import ClassDef, CSTNode, FunctionDef, IndentedBlock, Module
from msgspec import Struct
from mutmut.mutation.file_mutation import create_mutations, deep_replace

ROOT = Path(__file__).resolve().parents[2]


_MARK = 2 * "X"


class Mutant(Struct, frozen=True):
    """One function of a module, with one change in it.

    Functions with decorators, and what stands in a module or a class outside of functions, have
    none: mutmut leaves them alone. The breaks of ``tests/mutants`` are for those.
    """

    file: str  # from the root of the project
    function: str  # its qualified name
    number: int  # among those of its function, in mutmut's order
    source: str  # the changed function, at the margin
    was: str  # the lines that changed, stripped, one after the other
    becomes: str

    @property
    def name(self) -> str:
        return f"{self.file}: {self.function} #{self.number}"

    @property
    def module(self) -> str:
        """The name to import it by."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def mutants_of(file: str) -> list[Mutant]:
    """Every mutant of a file, in the file's order of functions."""
    module, mutations, _, _ = create_mutations(file, (ROOT / file).read_text("utf-8"))
    names = {id(node): name for name, node in _functions(module)}
    numbers: dict[str, int] = {}
    found = []
    for one in mutations:
        function = one.contained_by_top_level_function
        if not isinstance(function, FunctionDef):
            continue
        name = names[id(function)]
        numbers[name] = numbers.get(name, 0) + 1
        changed = deep_replace(function, one.original_node, one.mutated_node)
        assert isinstance(changed, FunctionDef)
        before, after = (_written(module, node) for node in (function, changed))
        found.append(Mutant(file, name, numbers[name], after, *_difference(before, after)))
    return found


def _functions(module: Module) -> Iterator[tuple[str, FunctionDef]]:
    for node in module.body:
        if isinstance(node, FunctionDef):
            yield node.name.value, node
        elif isinstance(node, ClassDef) and isinstance(node.body, IndentedBlock):
            for inner in node.body.body:
                if isinstance(inner, FunctionDef):
                    yield f"{node.name.value}.{inner.name.value}", inner


def _written(module: Module, node: CSTNode) -> str:
    return textwrap.dedent(module.code_for_node(node)).strip() + "\n"


def _difference(before: str, after: str) -> tuple[str, str]:
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    gone = " ".join(line[2:].strip() for line in lines if line.startswith("- "))
    come = " ".join(line[2:].strip() for line in lines if line.startswith("+ "))
    # mutmut puts two letters before and after a text that stand for what is unfinished.
    return gone, come.replace(_MARK, "@@")
