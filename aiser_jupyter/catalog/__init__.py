"""What is known of the tables: types and store; `query.profile` fills it."""

from aiser_jupyter.catalog.catalog import Catalog
from aiser_jupyter.catalog.column import Column, ColumnStatistics, LogicalType
from aiser_jupyter.catalog.key import Key
from aiser_jupyter.catalog.table import Table

__all__ = ["Catalog", "Column", "ColumnStatistics", "Key", "LogicalType", "Table"]
