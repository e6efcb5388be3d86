import threading
import urllib.error
import urllib.request

import pytest

from utfall.analysis.errors import UsageError
from utfall.pipelines.serve import make_server


@pytest.fixture
def address(tmp_path):
    built = tmp_path / "built"
    built.mkdir()
    (built / "index.html").write_text("<h1>Prov</h1>", encoding="utf-8")
    (tmp_path / "rows.csv").write_text("secret", encoding="utf-8")
    with make_server(built, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_built_pages_are_served_on_loopback(address):
    with urllib.request.urlopen(f"{address}/") as answer:
        assert answer.read() == b"<h1>Prov</h1>"


def test_nothing_beside_the_bundle_is_served(address):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{address}/../rows.csv")
    assert refusal.value.code == 404
    refusal.value.close()


def test_nothing_built_is_told_with_the_way_to_build_it(tmp_path):
    with pytest.raises(UsageError) as refusal:
        make_server(tmp_path, 0)
    assert "utfall run" in refusal.value.faults[0].way_out
