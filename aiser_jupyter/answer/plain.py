"""An answer and its values as plain JSON."""

from __future__ import annotations

import base64
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.ask.reading import Reading

# Beyond this a JSON reader that holds numbers as doubles would change the value.
SAFE_INTEGER = 2**53


def as_json(answer: Answer) -> dict[str, object]:
    """The object of ``aiser ask --json``."""
    result, reading = answer.result, answer.reading
    said = {"explanation": answer.explanation} if answer.explanation else {}
    asked = {} if reading is None or not (reading.notes or reading.usage) else {"model": _model(reading)}
    columns = list(result.columns) if result is not None else []
    return {
        "v": 1,
        "question": answer.question,
        "answered": answer.answered,
        "state": answer.state,
        "intent": {
            "dispatch": answer.intent.dispatch,
            "business": answer.intent.business,
            "confidence": answer.intent.confidence,
            "objectives": list(answer.intent.objectives),
        },
        "sql": answer.sql,
        "dialect": answer.dialect,
        "columns": columns,
        "rows": rows(result.arrow()) if result is not None else [],
        "row_count": result.row_count if result is not None else 0,
        "restated": answer.restated,
        "sentence": answer.sentence,
        "confidence": answer.confidence,
        "assumptions": list(answer.assumptions),
        "alternatives": [{"restated": a.restated, "sql": a.sql, "confidence": a.confidence} for a in answer.alternatives],
        "facts": [
            {
                "id": f.id,
                "value": value(f.value),
                "unit": f.unit,
                "text": f.text,
                "sql": f.sql,
                "source": f.source,
                "as_of": f.as_of.isoformat(),
            }
            for f in answer.facts
        ],
        "reason": answer.reason,
        "missing": list(answer.missing),
        "suggestions": list(answer.suggestions),
        "followups": list(answer.followups),
        "exhibits": [exhibit.as_json() for exhibit in answer.exhibits],
        "engine": answer.engine,
        "elapsed_ms": round(answer.elapsed_ms, 1),
        **said,
        **asked,
    }


def _model(reading: Reading) -> dict[str, object]:
    """What became of a language model, where one was to be asked."""
    return {"notes": list(reading.notes), "usage": None if reading.usage is None else reading.usage.as_json()}


def rows(table: pa.Table) -> list[list[object]]:
    """The rows of an Arrow table as lists of JSON values; columns of one name stay apart."""
    columns = [column.to_pylist() for column in table.columns]
    return [[value(cell) for cell in row] for row in zip(*columns, strict=True)]


def value(cell: object) -> object:  # noqa: PLR0911  # one return a type is the clearest table
    """``cell`` as a JSON value: dates as ISO text, NaN as null, whole numbers beyond 2**53 as text, decimals as numbers where a double holds them."""
    if cell is None or isinstance(cell, bool | str):
        return cell
    if isinstance(cell, int):
        return cell if abs(cell) <= SAFE_INTEGER else str(cell)
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if isinstance(cell, Decimal):
        return value(int(cell)) if cell == cell.to_integral_value() else float(cell) if len(cell.as_tuple().digits) <= 15 else str(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, bytes):
        return base64.b64encode(cell).decode("ascii")
    if isinstance(cell, dict):
        return {str(key): value(item) for key, item in cell.items()}
    return [value(item) for item in cell] if isinstance(cell, list | tuple) else str(cell)
