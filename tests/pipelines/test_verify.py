import pytest

from utfall.analysis.errors import UsageError
from utfall.pipelines import manifest, stages
from utfall.pipelines.stages import Stage, run_plainly, working
from utfall.pipelines.verify import verify_bundle

from .conftest import page_of


@pytest.fixture
def published(study, site, write_protected, monkeypatch):
    """Return a study with a bundle, made by a run of two stages."""
    protect = Stage("protect", "", write_protected, lambda opened: (opened.protected,))
    publish = Stage("publish", "", stages.publish, lambda _: ())
    monkeypatch.setattr(stages, "STAGES", (protect, publish))
    monkeypatch.setattr(stages, "NAMES", ("protect", "publish"))
    with working(study):
        run_plainly(study, lambda _: None)
    assert site
    return study


def verified(study, bundle=None):
    return verify_bundle(study, bundle or study.built, lambda _: None)


def test_a_rerun_that_gives_the_same_bytes_holds_and_leaves_nothing_behind(published):
    before = sorted(path for path in published.root.rglob("*"))
    verification = verified(published)
    assert verification.holds
    assert verification.n_files == 2
    assert sorted(path for path in published.root.rglob("*")) == before


def test_a_changed_page_of_the_bundle_is_named_as_damage_not_as_another_result(published):
    published.index.write_text("<h1>Bättre!</h1>", encoding="utf-8")
    verification = verified(published)
    assert verification.damaged == ("index.html",)
    assert verification.data == verification.rendered == ()
    assert not verification.holds


def test_data_and_rendered_bytes_are_told_apart(published, site):
    site["index.html"] = page_of("Annan mall")
    verification = verified(published)
    assert verification.rendered == ("index.html",)
    assert verification.data == ()
    assert not verification.holds


def test_a_changed_input_is_told_as_the_reason(published):
    with (published.protocol_folder / "demo_all.yml").open("a", encoding="utf-8") as file:
        file.write("matters: 5\n")
    verification = verified(published)
    assert verification.inputs == ("protocols/demo_all.yml",)
    assert verification.data == ("results.json",)
    assert "protocols/demo_all.yml" in verification.sentences


def test_another_browser_is_told_as_a_difference_of_environment(published, monkeypatch):
    monkeypatch.setattr(manifest, "browser", lambda: "Chromium 0")
    verification = verified(published)
    assert verification.environment == ("browser",)
    assert verification.holds


def test_a_bundle_copied_elsewhere_can_be_verified(published, tmp_path):
    copy = tmp_path / "copy"
    published.built.rename(copy)
    assert verified(published, copy).holds


def test_a_folder_without_a_manifest_is_no_bundle(study):
    with pytest.raises(UsageError, match="no bundle"):
        verified(study)
