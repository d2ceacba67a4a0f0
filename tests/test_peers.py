"""The page beside the peers: only the scorer's output sets our figures there."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEERS = runpy.run_path(str(ROOT / "benchmarks" / "peers.py"))
PRINTED = """examples
all            n 33 strict 0.848 lenient 0.848 non_empty 0.848 coverage 0.848 precision 1.000 failed 0 refused 1.000 (7)
top_n          n 2 strict 0.500 lenient 1.000 non_empty 1.000 coverage 1.000 precision 0.500 failed 0 refused 1.000 (1)
list           n 0 strict - lenient - non_empty - coverage - precision - failed 0 refused 1.000 (2)
calibration error 0.128
latency ms p50 233 p95 2618
defog_idk
all            n 0 strict - lenient - non_empty - coverage - precision - failed 0 refused 0.967 (60)
"""


def test_figures_are_those_that_the_scorer_printed():
    found = PEERS["read"](PRINTED)
    assert found["examples"]["all"]["strict"] == "0.848"
    assert found["examples"]["all"]["calibration"] == "0.128"
    dated = {name: {key: one | {"date": "2026-12-01"} for key, one in groups.items()} for name, groups in found.items()}
    table = PEERS["sets"](dated)
    assert "| Business questions, the 40 examples | 33 | 0.848 | 1.000 | 0.848 | 1.000 of 7 | 0.128 | 2026-12-01 |" in table
    assert "| Defog idk (unanswerable) | 0 | – | – | – | 0.967 of 60 | – | 2026-12-01 |" in table
    assert "| Spider-Syn (rebuilt databases) | not measured yet | | | | | | |" in table
    assert PEERS["kinds"](dated).splitlines()[2:] == ["| top n | examples | 2 | 0.500 | 1.000 |"]
    assert PEERS["kinds"]({}) == "Not measured yet."


def test_the_page_has_the_record_and_marks_what_was_not_verified():
    page = (ROOT / "docs" / "peers.md").read_text(encoding="utf-8")
    record = PEERS["json"].loads(PEERS["RECORD"].read_text(encoding="utf-8"))
    assert PEERS["between"](PEERS["between"](page, "sets", PEERS["sets"](record)), "kinds", PEERS["kinds"](record)) == page
    table = page.partition("## Accuracy that others publish")[2].partition("\n## ")[0]
    for row in table.splitlines():
        if re.match(r"\| [A-Z]", row) and re.search(r"\d\d", row.split("|")[4]):
            assert "[P]" in row or "[R]" in row, row
