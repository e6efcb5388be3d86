"""Command line: which verbs does utfall have, and what does each give back?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from utfall.analysis.errors import (
    DeliveryRefused,
    Fault,
    NotComparable,
    PublicationRefused,
    UsageError,
    UtfallError,
    VerifyMismatch,
)
from utfall.pipelines.cli_options import HERE, AsJson, AsOf, Force, Quiet, StudyFolder
from utfall.pipelines.console import (
    Voice,
    print_refusal,
    print_unexpected,
    written_estimate,
)
from utfall.pipelines.protocol_verbs import lock, protocol, protocols
from utfall.pipelines.tongue import language_of
from utfall.pipelines.validate_verb import validate

if TYPE_CHECKING:
    from utfall.pipelines.study import Study

app = typer.Typer(
    name="utfall",
    help="Compare municipal labour-market programmes fairly, and say so when they cannot be.",
    epilog="Not comparable is a result, so it ends with 0. --debug shows a failure in full.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

#: Verbs that are decided on but not written; they say so instead of looking like a typing error.
NOT_BUILT = ("bench",)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the study is to lie.")],
    example: Annotated[
        str, typer.Option(metavar="vallentuna|nsw", help="Made-up referrals, or public data.")
    ] = "vallentuna",
    quiet: Quiet = False,
) -> None:
    """Make a new study that runs as it stands, with comments that say what to change."""
    from utfall.pipelines.examples import write_example

    write_example(folder, example)
    Voice(quiet=quiet).note(f"made {folder}; next: utfall run --study {folder}")


@app.command()
def check(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A delivery's folder, or a study's.")
    ],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Hold a delivery against its contract without loading it; every fault is told."""
    from utfall.pipelines.console import check_document, written_check
    from utfall.pipelines.delivery import check_delivery
    from utfall.pipelines.ingest import check_study
    from utfall.pipelines.study import SETTINGS_FILE, load_study

    is_study = (path / SETTINGS_FILE).is_file()
    reports = check_study(load_study(path)) if is_study else [check_delivery(path)]
    voice = Voice(quiet=quiet, as_json=as_json)
    documents = [check_document(report) for report in reports]
    voice.result("\n".join(written_check(report) for report in reports), documents)
    if not all(report.is_accepted for report in reports):
        raise typer.Exit(DeliveryRefused.exit_code)


@app.command()
def ingest(
    study: StudyFolder = HERE, as_of: AsOf = None, quiet: Quiet = False, force: Force = False
) -> None:
    """Read the deliveries into raw tables."""
    _stages(study, Voice(quiet=quiet), until="load", force=force, as_of=as_of)


@app.command()
def build(study: StudyFolder = HERE, quiet: Quiet = False, force: Force = False) -> None:
    """Turn raw tables into marts."""
    _stages(study, Voice(quiet=quiet), until="build", force=force)


for verb in (protocols, protocol, lock):
    app.command()(verb)


@app.command()
def compare(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...")] = None,
    study: StudyFolder = HERE,
    require: Annotated[
        bool,
        typer.Option("--require", metavar="", help="End with 13 where an estimate was refused."),
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Ask of each comparison whether it is fair; unprotected, for the evaluator's own eyes."""
    import json

    from utfall.analysis.vocabulary import REFUSED
    from utfall.pipelines.study import load_protocols

    voice = Voice(quiet=quiet, as_json=as_json)
    opened = _stages(study, voice, until="compare", force=force)
    wanted = [declared.id for declared in load_protocols(opened, names or ())]
    document = json.loads(opened.results.read_text(encoding="utf-8"))
    by_id = {row["id"]: row for row in document["comparisons"]}
    document["comparisons"] = rows = [by_id[name] for name in wanted]
    if as_json:
        voice.result("", document)
    else:
        voice.table(
            ("comparison", "fairness", "headline", "difference"),
            (
                [row["id"], row["fairness"], row["headline"], written_estimate(row, language_of())]
                for row in rows
            ),
        )
    refused = [row["id"] for row in rows if row["fairness"] in REFUSED]
    if require and refused:
        raise NotComparable(f"no estimate can be given for {', '.join(refused)}")


@app.command()
def claims(
    study: StudyFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Hold what each side has said against the results; from protected numbers only."""
    import json

    voice = Voice(quiet=quiet, as_json=as_json)
    opened = _stages(study, voice, until="protect", force=force)
    rows = json.loads(opened.protected.read_text(encoding="utf-8"))["claims"]
    language = language_of()
    if as_json:
        voice.result("", rows)
        return
    voice.table(
        ("claim", "claimant", "verdict", "number"),
        (
            [row["id"], row["claimant"][language], row["verdict"], _number_text(row["number"])]
            for row in rows
        ),
    )


@app.command()
def publish(
    study: StudyFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Make the protected bundle and print the path of its first page."""
    opened = _stages(study, Voice(quiet=quiet), until="publish", force=force)
    Voice(as_json=as_json).result(str(opened.index), _published(opened) if as_json else None)


@app.command()
def run(
    study: StudyFolder = HERE,
    prefect: Annotated[
        bool,
        typer.Option("--prefect/--no-prefect", metavar="", help="As a Prefect flow; same bytes."),
    ] = True,
    as_of: AsOf = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Do everything in order and print the path of the first page."""
    opened = _stages(
        study, Voice(quiet=quiet), until="publish", force=force, as_flow=prefect, as_of=as_of
    )
    Voice(as_json=as_json).result(str(opened.index), _published(opened) if as_json else None)


@app.command()
def verify(
    bundle: Annotated[Path | None, typer.Argument(metavar="[BUNDLE]")] = None,
    study: StudyFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run the study again elsewhere and hold every byte against the bundle."""
    from dataclasses import asdict

    from utfall.pipelines.study import load_study
    from utfall.pipelines.verify import verify_bundle

    opened, voice = load_study(study), Voice(quiet=quiet, as_json=as_json)
    verification = verify_bundle(opened, bundle or opened.built, voice.stage)
    voice.findings(verification.sentences, asdict(verification))
    if not verification.holds:
        raise VerifyMismatch("the rerun did not give the bytes of the bundle")


@app.command()
def diff(
    one: Annotated[Path, typer.Argument(metavar="BUNDLE")],
    other: Annotated[Path, typer.Argument(metavar="BUNDLE")],
    as_json: AsJson = False,
) -> None:
    """Tell what changed between two bundles, and what explains it."""
    from dataclasses import asdict

    from utfall.pipelines.diff import diff_bundles

    found = diff_bundles(one, other)
    Voice(as_json=as_json).findings(found.sentences, asdict(found))


@app.command()
def export(
    study: StudyFolder = HERE,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Else .utfall/export.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write the marts as Parquet, with a notebook; rows about people, for this machine alone."""
    from utfall.pipelines.export import export_marts

    voice = Voice(quiet=quiet)
    opened = _stages(study, voice, until="build", force=False)
    files = export_marts(opened, out)
    voice.note("  these files hold rows about people; they must not leave the machine")
    voice.result(str(files[0].parent))


@app.command()
def audit(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A published folder.")],
    earlier: Annotated[
        list[Path] | None,
        typer.Option(metavar="BUNDLE", help="One that was published before; may be repeated."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Attack a bundle from its files alone; end with 14 where a protected count is recovered."""
    from utfall.pipelines.audit.bundle import audit_bundle

    found = audit_bundle(bundle, earlier or ())
    Voice(quiet=quiet, as_json=as_json).findings(found.sentences, found.document)
    if found.recovered:
        raise typer.Exit(PublicationRefused.exit_code)


@app.command()
def simulate(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder to make.")],
    seed: Annotated[int, typer.Option(min=0)] = 1,
    size: Annotated[int | None, typer.Option(min=1, help="People an arm.")] = None,
    quiet: Quiet = False,
) -> None:
    """Write a synthetic study whose truth is known, truth.json."""
    from utfall.pipelines.examples import write_world

    write_world(out, scenario, seed=seed, size=size)
    Voice(quiet=quiet).note(f"made {out}; next: utfall run --study {out}")


@app.command()
def serve(
    study: StudyFolder = HERE,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
) -> None:
    """Show the built pages on this machine alone, until Ctrl-C."""
    from utfall.pipelines.serve import serve_folder
    from utfall.pipelines.study import load_study

    serve_folder(load_study(study).built, port, lambda url: Voice().result(url))


@app.command()
def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Of a message, page or exit.")],
    as_json: AsJson = False,
) -> None:
    """Tell in plain words what an error, gate or verdict code means."""
    from utfall.pipelines.explain import explain as explained

    words = explained(code)
    Voice(as_json=as_json).result("\n".join(words.values()), {"code": code, **words})


@app.command()
def doctor(study: StudyFolder = HERE, as_json: AsJson = False) -> None:
    """Tell what this machine has and lacks, and how to get it."""
    from dataclasses import asdict

    from utfall.pipelines.doctor import examine

    findings = examine(study)
    text = "\n".join(finding.sentence for finding in findings)
    Voice(as_json=as_json).findings(text, [asdict(finding) for finding in findings])
    if any(finding.is_needed and not finding.is_there for finding in findings):
        raise typer.Exit(1)


app.command()(validate)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [word for word in given if word != "--debug"]
    try:
        _refuse_unbuilt(given)
        app(args=given, prog_name="utfall")
    except UtfallError as error:
        print_refusal(error, as_json="--json" in given)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        print_unexpected(error, debug=debug)
        sys.exit(1)


def _published(study: Study) -> dict[str, Any]:
    """Return where a bundle lies and what it answers, in codes."""
    import json

    document = json.loads(study.protected.read_text(encoding="utf-8"))
    return {
        "index": str(study.index),
        "comparisons": [
            {name: row[name] for name in ("id", "fairness", "headline")}
            for row in document["comparisons"]
        ],
    }


def _number_text(number: Mapping[str, Any] | None) -> str:
    """Return a claim's number as the reader writes it; nothing where it has none."""
    return str(number["text"][language_of()]) if number else ""


def _stages(
    folder: Path,
    voice: Voice,
    *,
    until: str,
    force: bool,
    as_flow: bool = False,
    as_of: datetime | None = None,
) -> Study:
    """Do a study's stages up to one, holding the study meanwhile."""
    from utfall.pipelines.pace import timed
    from utfall.pipelines.stages import is_settled, run_plainly, working
    from utfall.pipelines.study import load_study

    study = load_study(folder, as_of=as_of.date() if as_of else None)
    with working(study):
        if not force and until == "publish" and is_settled(study):
            voice.note("  nothing changed since the bundle was published")
        elif as_flow:
            from utfall.pipelines.flows import run_as_flow

            run_as_flow(study, timed(study, until, voice.stage), until=until, force=force)
        else:
            run_plainly(study, timed(study, until, voice.stage), until=until, force=force)
    return study


def _refuse_unbuilt(arguments: Sequence[str]) -> None:
    verb = next((word for word in arguments if not word.startswith("-")), None)
    if verb in NOT_BUILT:
        fault = Fault(
            rule="not_built",
            message="the verb is decided on but not written",
            way_out="`utfall -h` lists what there is",
        )
        raise UsageError(f"{verb} is not built yet", [fault])


if __name__ == "__main__":
    main()
