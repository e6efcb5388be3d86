"""Raw folder: does its page say what the contracts say?"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from utfall.pipelines.simulation import read_truth

ROOT = Path(__file__).parents[3]
CONTRACTS = sorted((ROOT / "expectations" / "contracts").glob("*.yml"))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda path: path.stem)
def test_the_page_lists_every_table_with_its_columns_and_which_are_required(contract):
    table = yaml.safe_load(contract.read_text(encoding="utf-8"))["schema"][0]
    page = (ROOT / "data" / "raw" / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{table['name']}`")]
    told = [name.strip() for name in row.split("|")[3].split(",")]
    required = [item["name"] + "*" * bool(item.get("required")) for item in table["properties"]]
    assert told == required


def test_the_truths_that_the_repository_carries_are_those_of_its_two_cases():
    raw = ROOT / "data" / "raw"
    vallentuna = read_truth(raw / "vallentuna" / "truth.json")
    assert not vallentuna.effect_of("ama_vac_all").identified
    assert vallentuna.effect_of("ama_vac_border").identified
    assert vallentuna.effect_of("ama_vac_border").effect == 0
    goteborg = read_truth(raw / "goteborg" / "truth.json")
    assert goteborg.effect_of("angered_kompetenscenter").effect == pytest.approx(0.05, abs=0.005)
    with pytest.raises(KeyError):
        goteborg.effect_of("ama_vac_all")
