"""Write src/empty.ts: the start page that the extension shows where no kernel can make one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from aiser_jupyter.widgets.start_page import empty
from aiser_jupyter.widgets.still import page

HEAD = "// Made by make_empty.py from aiser_jupyter.widgets.start_page; a test holds the two equal.\n"


def source() -> str:
    """The TypeScript module with the page as a string."""
    return f"{HEAD}export const EMPTY = {json.dumps(page(empty()), ensure_ascii=True)};\n"


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "src" / "empty.ts").write_text(source(), encoding="utf-8")
