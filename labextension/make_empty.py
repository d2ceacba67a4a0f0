"""Write src/empty.ts: the start page that the extension shows where no kernel can make one."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from aiser_jupyter.widgets.start_page import empty
from aiser_jupyter.widgets.still import page

HEAD = "// Made by make_empty.py from aiser_jupyter.widgets.start_page; a test holds the two equal.\n"


def source() -> str:
    """The TypeScript module with the page as a string."""
    html = page(empty(), answers=False)
    used = set(re.findall(r"var\(--([\w-]+)", html))
    # The colours of charts are left out: this page has none, and need not be made again when they change.
    lean = re.sub(r"--([\w-]+):#[0-9A-F]{6};", lambda found: found[0] if found[1] in used else "", html)
    return f"{HEAD}export const EMPTY = {json.dumps(lean, ensure_ascii=True)};\n"


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "src" / "empty.ts").write_text(source(), encoding="utf-8")
