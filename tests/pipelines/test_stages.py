import pytest

from utfall.analysis.errors import PublicationRefused, TransformFailed, UsageError
from utfall.pipelines import stages
from utfall.pipelines.manifest import read_manifest, run_id
from utfall.pipelines.stages import Stage, publish, run_plainly, working


def run(study, **options):
    told = []
    run_plainly(study, told.append, **{"until": "compare", **options})
    return told


def test_a_second_run_finds_nothing_to_do(study, trail):
    run(study)
    trail.clear()
    told = run(study)
    assert trail == []
    assert [done.is_fresh for done in told] == [False] * 4


def test_a_changed_delivery_is_followed_through_every_stage(study, trail):
    run(study)
    trail.clear()
    (study.deliveries / "verksamhet/2018-06-30/spells.csv").write_text("spell_id\n")
    run(study)
    assert trail == ["check", "load", "build", "compare"]


def test_an_unchanged_study_can_be_made_again_on_request(study, trail):
    run(study)
    trail.clear()
    run(study, force=True)
    assert trail == ["check", "load", "build", "compare"]


@pytest.mark.parametrize("damage", ["changed", "gone", "half-written log"])
def test_a_damaged_database_is_made_again_from_the_deliveries(study, trail, damage):
    run(study)
    whole = study.warehouse.read_text()
    trail.clear()
    if damage == "changed":
        study.warehouse.write_text("x")
    elif damage == "gone":
        study.warehouse.unlink()
    else:
        study.warehouse.with_name("utfall.duckdb.wal").write_text("half")
    run(study)
    assert trail[:2] == ["load", "build"]
    assert study.warehouse.read_text() == whole


def test_a_run_that_dies_inside_a_stage_begins_again_where_its_work_is_unsure(
    study, trail, monkeypatch
):
    """Build changes the file that load made, so after a death inside it both are done again."""
    run(study)
    whole = study.warehouse.read_text()
    trail.clear()
    load, build = stages.STAGES[1:3]

    def dying(opened):
        opened.warehouse.write_text("half a table")
        raise TransformFailed("killed")

    broken = Stage("build", "build", dying, build.outputs)
    monkeypatch.setattr(stages, "STAGES", (stages.STAGES[0], load, broken, stages.STAGES[3]))
    with pytest.raises(TransformFailed):
        run(study, force=True)
    monkeypatch.setattr(stages, "STAGES", (stages.STAGES[0], load, build, stages.STAGES[3]))
    trail.clear()
    run(study)
    assert trail == ["load", "build", "compare"]
    assert study.warehouse.read_text() == whole


def test_a_torn_memory_of_a_stage_counts_as_none(study, trail):
    run(study)
    trail.clear()
    (study.work / "stages/compare.json").write_text('{"key": ')
    run(study)
    assert trail == ["compare"]


def test_a_folder_that_cannot_be_written_is_told_as_such(study, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr(type(study.work), "mkdir", refuse)
    with pytest.raises(UsageError, match="written"), working(study):
        pytest.fail("worked in a folder that cannot be written")


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_published_bundle_holds_its_pages_results_and_manifest(study, site, write_protected):
    write_protected(study)
    assert publish(study).read_text(encoding="utf-8") == site["index.html"]
    assert bytes_of(study.built).keys() == {"index.html", "results.json", "manifest.json"}
    assert read_manifest(study.built)["run_id"] == run_id(study)


def test_publishing_twice_gives_the_same_bytes(study, site, write_protected):
    write_protected(study)
    publish(study)
    before = bytes_of(study.built)
    publish(study)
    assert bytes_of(study.built) == before
    assert site


@pytest.mark.parametrize(
    ("pages", "document"),
    [
        ({"rows.parquet": "x"}, {}),
        ({}, {"protection": "none"}),
        ({}, {"run_id": "of another study"}),
    ],
    ids=["a file that may not leave", "unprotected results", "results of another run"],
)
def test_a_refused_publication_leaves_the_published_bundle_untouched(
    study, site, write_protected, pages, document
):
    write_protected(study)
    publish(study)
    before = bytes_of(study.built)
    site.update(pages)
    write_protected(study, **document)
    with pytest.raises(PublicationRefused):
        publish(study)
    assert bytes_of(study.built) == before
    assert [path.name for path in study.built.parent.iterdir()] == ["built"]
