"""The style sheet and the extension's own page, held equal to what they are made from."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

from aiser_jupyter import __version__
from aiser_jupyter.chart.theme import TOKENS
from aiser_jupyter.widgets.style import DARK, PAGE, STATIC, SYSTEM, style

ROOT = Path(__file__).parents[2]


def variables(selector: str) -> dict[str, str]:
    """The colours of the rule of ``selector``."""
    start = style().index(selector + "{")
    return dict(re.findall(r"--([\w-]+):(#[0-9A-F]{6});", style()[start : style().index("}", start)]))


def test_a_card_has_the_colours_of_the_charts_in_both_themes():
    for theme, selectors in (("light", (".aiser",)), ("dark", (DARK, SYSTEM))):
        for selector in selectors:
            assert variables(selector) == TOKENS[theme] | PAGE[theme]


def test_every_colour_that_a_rule_uses_is_there_in_both_themes():
    used = set(re.findall(r"var\(--([\w-]+)\)", style())) - {"font", "font-display", "mono"}
    assert used <= variables(".aiser").keys() == variables(DARK).keys()


def test_no_rule_reaches_outside_a_card():
    sheet = re.sub(r"/\*.*?\*/", "", style(), flags=re.DOTALL)
    head, _, nested = sheet.partition(".aiser.aiser:is(.live, .still) {")
    assert nested.count("{") + 1 == nested.count("}")
    selectors = [s.strip() for s in re.findall(r"([^{}]+)\{", head) if not s.strip().startswith("@media")]
    assert selectors == [".aiser", DARK, SYSTEM, ".aiser:is(.live, .still)"]
    assert "url(" not in sheet


def test_the_script_reads_nothing_as_markup():
    script = (STATIC / "answer_card.js").read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|DOMParser|https?://(?!www\.w3\.org/2000/svg)", script
    )


def test_the_extension_ships_the_start_page_of_this_version():
    made = runpy.run_path(str(ROOT / "labextension" / "make_empty.py"))["source"]()
    assert (ROOT / "labextension" / "src" / "empty.ts").read_text(encoding="utf-8") == made


def test_the_extension_is_prebuilt_for_this_version():
    built = ROOT / "aiser_jupyter" / "labextension"
    package = json.loads((built / "package.json").read_text(encoding="utf-8"))
    assert package["version"] == __version__
    assert (built / package["jupyterlab"]["_build"]["load"]).is_file()
    assert json.loads((built / "install.json").read_text(encoding="utf-8"))["packageName"] == "aiser-jupyter"
    page = json.loads(
        (ROOT / "labextension" / "src" / "empty.ts").read_text(encoding="utf-8").partition("EMPTY = ")[2].rstrip().rstrip(";")
    )
    scripts = "".join(path.read_text(encoding="utf-8") for path in sorted((built / "static").glob("*.js")))
    assert "Choose one way in; you can add more later." in page
    assert ".aiser.aiser:is(.live, .still)" in scripts
    assert "Choose one way in; you can add more later." in scripts
