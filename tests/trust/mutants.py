"""Mutants: the program with one guard taken out, to see whether any assertion notices."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from utfall.analysis.gates import not_evaluated
    from utfall.pipelines.verify import Verification

ROOT = Path(__file__).parents[2]
MUTANT = "UTFALL_MUTANT"
#: How a session ends in which an assertion failed: no code that pytest has for anything else.
NOTICED = 90
_KEPT = ExitStack()

#: Functions that make a fault; where one is called, something is refused or set aside.
MAKERS = frozenset({"broken", "_encoding", "_fault", "_busy", "marked", "at"})


@dataclass(frozen=True)
class Site:
    """One place where a fault is made.

    Attributes
    ----------
    module, function
        ``pipelines.readers`` and the name within it.
    number
        Place among the sites of its function.
    rule
        Code of the fault; empty where it is chosen at run time.
    """

    module: str
    function: str
    number: int
    rule: str

    @property
    def id(self) -> str:
        return f"{self.module}.{self.function}-{self.number}-{self.rule or 'chosen'}"


@dataclass(frozen=True)
class Mutation:
    """What is done to one function: a site removed, or the whole put to sleep.

    ``asleep`` is the way in which the function sleeps: it returns its first argument, or a
    plain value.
    """

    module: str
    function: str
    number: int | None = None
    asleep: str = ""


def sites(*modules: str) -> list[Site]:
    """Return every place in some modules where a fault is made, in order."""
    found = []
    for name in modules:
        for function, node in _functions(_tree(name)):
            if function.split(".")[-1] not in MAKERS:
                found += [
                    Site(name, function, number, _rule(call))
                    for number, call in enumerate(_calls(node))
                ]
    return found


@contextmanager
def taken_out(mutation: Mutation) -> Iterator[None]:
    """Change one function's code while the context lasts, wherever it was imported to."""
    function = find(mutation.module, mutation.function)
    before = function.__code__
    function.__code__ = (
        _sleeping(mutation.asleep) if mutation.number is None else _without(mutation)
    )
    try:
        yield
    finally:
        function.__code__ = before


def find(module: str, function: str) -> FunctionType:
    """Return a function of ours by its name, decorations aside."""
    found: object = importlib.import_module(f"utfall.{module}")
    for part in function.split("."):
        found = inspect.getattr_static(found, part)
        found = found.fget if isinstance(found, property) else found
    found = inspect.unwrap(found)  # type: ignore[arg-type]
    assert isinstance(found, FunctionType)
    return found


def notices(mutation: Mutation, *tests: str) -> bool:
    """Return whether an assertion of some tests fails in a process that lacks the guard.

    The tests are known to pass without a mutation: the suite runs them. A test that cannot be
    collected or set up, or that crashes, has asserted nothing and does not count.
    """
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.trust.mutants"),
            *("-m", "not slow and not browser and not bench and not trust"),
            *tests,
        ],
        cwd=ROOT,
        env={**os.environ, MUTANT: json.dumps(asdict(mutation))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    told = run.stdout[-2000:]
    assert run.returncode in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, NOTICED), told
    return run.returncode == NOTICED


def pytest_sessionstart() -> None:
    """Take a guard out for a whole session, as the surroundings ask."""
    asked = os.environ.get(MUTANT)
    if asked:
        # Kept alive for the session: a context that is collected puts the guard back.
        _KEPT.enter_context(taken_out(Mutation(**json.loads(asked))))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Stop a session that lacks a guard as soon as an assertion has noticed it."""
    report = yield
    if (
        os.environ.get(MUTANT)
        and call.when == "call"
        and call.excinfo is not None
        and _is_asserted(call.excinfo)
    ):
        item.session.shouldstop = "noticed"
    return report


def _is_asserted(found: pytest.ExceptionInfo[BaseException]) -> bool:
    """Return whether a test said so itself: it asserted, or found more or fewer than it names."""
    if isinstance(found.value, AssertionError | pytest.fail.Exception):
        return True
    place = Path(found.traceback[-1].path)
    return isinstance(found.value, ValueError) and place.is_relative_to(ROOT / "tests")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get(MUTANT) and session.shouldstop == "noticed":
        session.exitstatus = NOTICED


def _sleeping(asleep: str) -> object:
    ways: dict[str, Callable[..., object]] = {
        "first": lambda *given, **named: [*given, *named.values()][0],
        "nothing": lambda *_, **__: None,
        "empty": lambda *_, **__: (),
        "false": lambda *_, **__: False,
        "true": lambda *_, **__: True,
        "zero": lambda *_, **__: 0,
        # Names of the module that is put to sleep: only the code is taken over.
        "agrees": lambda *_, **__: Verification(
            damaged=(),
            inputs=(),
            code_is_same=True,
            environment=(),
            data=(),
            rendered=(),
            n_files=1,
        ),
        "silent": lambda *_, **__: not_evaluated("G0", "g0_not_evaluated"),
        "gates": lambda comparison, *_, **__: comparison.gates,
        "parts": lambda comparison, *_, **__: comparison.decomposition,
    }
    return ways[asleep].__code__  # type: ignore[attr-defined]


def _without(mutation: Mutation) -> object:
    """Return a function's code without one of its sites."""
    tree = _tree(mutation.module)
    node = dict(_functions(tree))[mutation.function]
    call = _calls(node)[mutation.number or 0]
    is_generator = any(isinstance(part, ast.Yield | ast.YieldFrom) for part in _own(node))
    remover = _Remover(call)
    node.body = remover.block(node.body)
    assert remover.is_done, ast.unparse(node)
    if is_generator:
        node.body += ast.parse("if False:\n    yield").body
    ast.fix_missing_locations(tree)
    module = importlib.import_module(f"utfall.{mutation.module}")
    spare = ModuleType(module.__name__)
    spare.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    kept = sys.modules[module.__name__]
    try:
        sys.modules[module.__name__] = spare
        exec(compile(tree, str(module.__file__), "exec"), spare.__dict__)
    finally:
        sys.modules[module.__name__] = kept
    found: object = spare
    for part in mutation.function.split("."):
        found = inspect.getattr_static(found, part)
    found = found.fget if isinstance(found, property) else found
    return inspect.unwrap(found).__code__  # type: ignore[arg-type]


class _Remover:
    """Takes the statement that holds a call out of a block, with what only leads up to it."""

    def __init__(self, call: ast.Call) -> None:
        self.call = call
        self.is_done = False

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        kept: list[ast.stmt] = []
        for place, statement in enumerate(body):
            if not any(node is self.call for node in ast.walk(statement)):
                kept.append(statement)
                continue
            inner = [
                name for name in ("body", "orelse", "finalbody") if self._is_in(statement, name)
            ]
            for name in inner:
                setattr(statement, name, self.block(getattr(statement, name)))
            for handler in getattr(statement, "handlers", ()):
                if any(node is self.call for node in ast.walk(handler)):
                    handler.body = self.block(handler.body)
                    inner.append("handlers")
            for case in getattr(statement, "cases", ()):
                if any(node is self.call for node in ast.walk(case)):
                    case.body = self.block(case.body)
                    inner.append("cases")
            if inner:
                return [*kept, statement, *body[place + 1 :]]
            return self._removed(kept, statement, body[place + 1 :])
        return kept or [ast.Pass()]

    def _is_in(self, statement: ast.stmt, name: str) -> bool:
        part = getattr(statement, name, None)
        return isinstance(part, list) and any(
            node is self.call for one in part for node in ast.walk(one)
        )

    def _removed(
        self, kept: list[ast.stmt], statement: ast.stmt, rest: list[ast.stmt]
    ) -> list[ast.stmt]:
        self.is_done = True
        holders = [
            node
            for node in ast.walk(statement)
            if isinstance(node, ast.List | ast.Tuple) and self.call in node.elts
        ]
        if holders and not isinstance(statement, ast.Raise):
            holders[0].elts = [one for one in holders[0].elts if one is not self.call]
            return [*kept, statement, *rest]
        if isinstance(statement, ast.Assign):
            if isinstance(statement.value, ast.ListComp | ast.GeneratorExp):
                statement.value = ast.List(elts=[], ctx=ast.Load())
                return [*kept, statement, *rest]
            return kept or [ast.Pass()]
        return [*kept, ast.Pass(), *rest]


def _tree(module: str) -> ast.Module:
    path = ROOT / f"{module.replace('.', '/')}.py"
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield functions and methods; what is defined inside one belongs to it."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    yield f"{node.name}.{method.name}", method


def _calls(node: ast.FunctionDef) -> list[ast.Call]:
    makers = {
        inner.name
        for inner in ast.walk(node)
        if isinstance(inner, ast.FunctionDef) and inner is not node and inner.name in MAKERS
    }
    hidden = {
        id(call)
        for inner in ast.walk(node)
        if isinstance(inner, ast.FunctionDef) and inner.name in makers
        for call in ast.walk(inner)
    }
    found = [
        call
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in MAKERS
        and id(call) not in hidden
    ]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _rule(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name) and call.func.id == "_encoding":
        return "encoding_mismatch"
    texts = [one.value for one in call.args if isinstance(one, ast.Constant)]
    return next((text for text in texts if isinstance(text, str)), "")


def _own(node: ast.FunctionDef) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, ast.FunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(one))
