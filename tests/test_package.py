import doctest
import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("analysis", "expectations", "models", "pipelines", "reports")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked_files():
    """Return what is, or is about to be, under version control, by path."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return sorted(name for name in set(listed) if (ROOT / name).is_file())


def modules():
    for part in PARTS:
        package = importlib.import_module(f"utfall.{part}")
        yield package.__name__
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.split(".")[-1] != "__main__" and ".macros" not in found.name:
                yield found.name


def test_every_package_is_declared_so_that_none_drops_out_of_the_wheel():
    found = {
        "utfall." + ".".join(path.parent.relative_to(ROOT).parts)
        for part in PARTS
        for path in (ROOT / part).rglob("__init__.py")
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == found


@pytest.mark.parametrize("name", sorted(modules()))
def test_examples_in_the_documentation_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_command_is_where_the_project_says():
    (command,) = (
        entry for entry in metadata.entry_points(group="console_scripts") if entry.name == "utfall"
    )
    assert command.value == PROJECT["project"]["scripts"]["utfall"]
    assert callable(command.load())


def protocol_files():
    return sorted(
        path
        for folder in ("analysis/protocols", "pipelines/examples")
        for path in (ROOT / folder).rglob("*.yml")
        if path.parent.name == "protocols"
    )


@pytest.mark.parametrize("path", protocol_files(), ids=lambda path: path.stem)
def test_every_protocol_that_ships_can_be_used_and_is_named_by_its_file(path):
    from utfall.analysis.protocol_file import load_protocol

    assert load_protocol(path).id == path.stem


def test_only_synthetic_deliveries_are_kept_here():
    from utfall.pipelines.study import load_study

    assert load_study(ROOT).settings.synthetic


def make_targets():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):.*##", makefile, flags=re.MULTILINE))


def verbs():
    from utfall.pipelines.cli import app

    return {command.name or command.callback.__name__ for command in app.registered_commands}


DOCUMENTS = ("README.md", "CONTRIBUTING.md", *(f"{part}/README.md" for part in PARTS))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_a_document_names_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    named_targets = set(re.findall(r"(?:`|^    )make ([a-z]+)", text, flags=re.MULTILINE))
    named_verbs = set(re.findall(r"(?:`|^    )utfall ([a-z]+)", text, flags=re.MULTILINE))
    assert named_targets <= make_targets()
    assert named_verbs <= verbs()


def test_every_document_that_a_document_links_to_exists():
    for document in DOCUMENTS:
        folder = (ROOT / document).parent
        text = (ROOT / document).read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#:]+)\)", text)
        assert [link for link in links if not (folder / link).exists()] == []


def test_the_readme_names_both_commands_of_a_newcomer():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make report" in text
    assert "make test" in text


def test_help_comes_without_the_slow_libraries():
    answer = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from utfall.pipelines.cli import main\n"
            "try: main(['-h'])\n"
            "except SystemExit: pass\n"
            "print(*sorted(sys.modules), file=sys.stderr)\n",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    slow = {"polars", "duckdb", "scipy", "statsmodels", "pandas", "prefect", "dbt", "plotly"}
    assert slow & set(answer.stderr.split()) == set()
    assert "simulate" in answer.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return a wheel built from a copy of the tracked files, so that nothing else can be in it."""
    copy = tmp_path_factory.mktemp("source")
    for name in tracked_files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    out = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "build"] if uv.exists() else [sys.executable, "-m", "build"]
    done = subprocess.run(
        [*command, "--wheel", *(["--out-dir"] if uv.exists() else ["--outdir"]), str(out)],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return next(out.glob("*.whl"))


def test_the_wheel_holds_what_is_tracked_and_nothing_else(wheel):
    shipped = {
        name.removeprefix("utfall/")
        for name in zipfile.ZipFile(wheel).namelist()
        if ".dist-info/" not in name
    }
    meant = {
        name
        for name in tracked_files()
        if name.split("/")[0] in PARTS and not name.endswith(("README.md", ".lock"))
    }
    assert shipped == meant


def test_a_run_from_the_wheel_has_the_name_of_a_run_from_the_checkout(wheel):
    from utfall.pipelines.manifest import package_hashes

    shipped = {name.removeprefix("utfall/") for name in zipfile.ZipFile(wheel).namelist()}
    assert package_hashes().keys() <= shipped


def test_the_wheel_works_in_an_empty_folder(wheel, tmp_path):
    target, folder = tmp_path / "installed", tmp_path / "elsewhere"
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    utfall = [sys.executable, "-m", "utfall.pipelines.cli"]
    surroundings = {**os.environ, "PYTHONPATH": str(target)}

    def run(*arguments):
        return subprocess.run(
            [*utfall, *arguments],
            cwd=folder,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )

    place = subprocess.run(
        [sys.executable, "-c", "import utfall.models as found; print(found.__file__)"],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert place.startswith(str(target))
    assert run("-h").returncode == 0
    made = run("init", "study")
    assert made.returncode == 0, made.stderr
    assert (folder / "study/study.yml").is_file()
    assert run("protocols", "--study", "study").returncode == 0
