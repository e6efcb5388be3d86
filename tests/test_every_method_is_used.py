"""No method waits for a use: every module and function of the statistics is called by something."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCTION = ("analysis", "expectations", "models", "pipelines", "reports")
#: A tool for trying one gate by hand and in tests; it estimates nothing.
TOOLS = ("gate_trial.py",)
STATISTICS = sorted(
    path for path in (ROOT / "analysis").rglob("*.py") if path.name not in ("__init__.py", *TOOLS)
)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules() -> Iterator[Path]:
    for folder in PRODUCTION:
        yield from sorted((ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return "utfall." + ".".join(path.relative_to(ROOT).with_suffix("").parts)


@cache
def imported() -> frozenset[str]:
    """Return every module that another one imports, whole or in part."""
    found = set()
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names if alias.name != name_of(path)}
            if isinstance(node, ast.ImportFrom) and node.module and node.module != name_of(path):
                found.add(node.module)
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


@cache
def used(path: Path) -> frozenset[str]:
    """Return every name that a module reads, be it a function, an attribute or an import."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
    return frozenset(found)


def public_functions(path: Path) -> list[str]:
    return [
        node.name
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


@pytest.mark.parametrize("path", STATISTICS, ids=name_of)
def test_every_module_of_the_statistics_is_imported_by_what_ships(path):
    assert name_of(path) in imported()


@pytest.mark.parametrize("path", STATISTICS, ids=name_of)
def test_every_public_function_of_the_statistics_is_called_by_what_ships(path):
    names = frozenset().union(*map(used, modules()))
    assert [name for name in public_functions(path) if name not in names] == []


def test_the_check_would_see_a_method_that_waits():
    assert "utfall.analysis.estimators" in imported()
    assert "utfall.analysis.no_such_method" not in imported()
    assert "doubly_robust_by_magic" not in frozenset().union(*map(used, modules()))
