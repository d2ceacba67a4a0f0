# ruff: noqa: INP001  # a script beside its data, not a package
# ruff: noqa: INP001 - a script beside its data, no package
"""Make retail/sales.parquet from UCI Online Retail: python examples/data/make_sample.py online_retail.parquet [TO].

The data set (CC BY 4.0) is at https://archive.ics.uci.edu/dataset/352/online+retail; save its sheet as Parquet first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

# One invoice in four, whole, chosen by its number: the same rows on every machine.
SAMPLE = """
SELECT
  InvoiceNo AS invoice,
  CAST(InvoiceDate AS DATE) AS order_date,
  CASE Country WHEN 'EIRE' THEN 'Ireland' WHEN 'RSA' THEN 'South Africa' WHEN 'USA' THEN 'United States' ELSE Country END AS country,
  CAST(CustomerID AS INTEGER) AS customer_id,
  upper(title[1]) || lower(title[2:]) AS product,
  CAST(Quantity AS INTEGER) AS quantity,
  CAST(UnitPrice AS DECIMAL(10, 2)) AS unit_price,
  CAST(Quantity * UnitPrice AS DECIMAL(12, 2)) AS revenue
FROM read_parquet($source) AS sales
JOIN (
  SELECT StockCode, regexp_replace(mode(trim(Description) ORDER BY trim(Description)), '\\s+', ' ', 'g') AS title
  FROM read_parquet($source) WHERE Description IS NOT NULL AND Quantity > 0 AND UnitPrice > 0 GROUP BY StockCode
) AS names USING (StockCode)
WHERE Quantity > 0 AND UnitPrice > 0
  AND regexp_matches(StockCode, '^[0-9]{5}')
  AND TRY_CAST(InvoiceNo AS INTEGER) % 4 = 0
  -- Twelve whole months: the last nine days would read as a fall.
  AND InvoiceDate < DATE '2011-12-01'
ORDER BY order_date, invoice, product, quantity, unit_price
"""


def main(source: str, to: str = str(Path(__file__).parent / "retail" / "sales.parquet")) -> None:
    """Write the sample."""
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE sample AS {SAMPLE}", {"source": source})
    connection.execute(f"COPY sample TO '{to}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19)")
    lines = connection.execute("SELECT count(*) FROM sample").fetchall()[0][0]
    sys.stdout.write(f"{lines} lines, {Path(to).stat().st_size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
