import pytest

from utfall.analysis.errors import PublicationRefused
from utfall.pipelines import bundle
from utfall.pipelines.bundle import check_bundle, recover, swap

POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "new"
    made.mkdir()
    (made / "index.html").write_text(f"{POLICY}<h1>new</h1>", encoding="utf-8")
    (made / "results.json").write_text('{"protection": "protected"}', encoding="utf-8")
    return made


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("utfall.duckdb", "x", "bundle_kind"),
        ("rows.parquet", "x", "bundle_kind"),
        ("rows.csv", "n\n" * 5_002, "bundle_rows"),
        ("people.csv", "person_id;month\n", "bundle_ids"),
        ("page.html", "<h1>no policy</h1>", "bundle_policy"),
        ("deep/results.json", '{"protection": "none"}', "bundle_unprotected"),
        ("big.txt", "x" * 16_000_001, "bundle_size"),
    ],
    ids=["database", "rows", "long table", "people", "no policy", "unprotected", "too big"],
)
def test_what_may_not_leave_the_house_is_refused_with_its_name(folder, name, content, rule):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PublicationRefused) as refusal:
        check_bundle(folder)
    assert [(fault.rule, fault.file) for fault in refusal.value.faults] == [(rule, name)]
    assert refusal.value.exit_code == 14


def test_a_bundle_of_aggregates_passes(folder):
    (folder / "years.csv").write_text("n\n" * 5_001, encoding="utf-8")
    check_bundle(folder)


def test_a_bundle_without_results_or_first_page_is_refused(tmp_path):
    with pytest.raises(PublicationRefused) as refusal:
        check_bundle(tmp_path)
    assert {fault.rule for fault in refusal.value.faults} == {"bundle_results", "bundle_index"}


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_swap_leaves_the_new_bundle_and_nothing_else(folder, monkeypatch, in_one_step):
    if not in_one_step:
        monkeypatch.setattr(bundle, "_exchange", lambda _one, _other: False)
    current = folder.with_name("built")
    current.mkdir()
    (current / "old.html").write_text("old", encoding="utf-8")
    swap(folder, current)
    assert sorted(path.name for path in current.iterdir()) == ["index.html", "results.json"]
    assert [path.name for path in current.parent.iterdir()] == ["built"]


def test_the_first_bundle_needs_no_predecessor(folder):
    current = folder.parent / "reports/built"
    swap(folder, current)
    assert (current / "index.html").is_file()


def test_a_power_cut_between_two_renames_is_undone(folder):
    current = folder.with_name("built")
    old = folder.with_name(".built.old")
    folder.rename(old)
    recover(current)
    assert (current / "index.html").is_file()
    assert not old.exists()


def test_leftovers_of_a_finished_swap_are_removed_and_the_new_bundle_stays(folder):
    current = folder.with_name("built")
    folder.rename(current)
    for name in (".built.old", ".built.new"):
        folder.with_name(name).mkdir()
    recover(current)
    assert (current / "index.html").is_file()
    assert [path.name for path in current.parent.iterdir()] == ["built"]
