from __future__ import annotations

import pytest

from aiser_jupyter.catalog.types import logical


@pytest.mark.parametrize(
    ("db_type", "kind"),
    [
        ("INTEGER", "integer"), ("BIGINT", "integer"), ("TINYINT UNSIGNED", "integer"), ("YEAR", "integer"), ("DECIMAL(18,0)", "integer"),
        ("NUMERIC(10)", "integer"), ("DECIMAL(10, 2)", "number"), ("NUMERIC", "number"), ("double precision", "number"), ("REAL", "number"),
        ("NVARCHAR(160)", "text"), ("text", "text"), ("ENUM('a', 'b')", "text"), ("UUID", "text"), ("DATE", "date"), ("DATETIME", "timestamp"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp"), ("TIME", "time"), ("BOOLEAN", "boolean"), ("BLOB", "other"), ("INTEGER[]", "other"),
        ("STRUCT(a INTEGER)", "other"), ("INTERVAL", "other"), ("", "other"), ("JSON", "other"),
    ],
)  # fmt: skip
def test_logical_types(db_type, kind):
    assert logical(db_type) == kind
