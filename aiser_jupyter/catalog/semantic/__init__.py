"""What tables mean to a business: metrics, dimensions, time, names and verified queries; proposed, or said in `.aiser/semantic.yaml`."""

from aiser_jupyter.catalog.semantic.model import (
    ColumnMeaning,
    Dimension,
    Filter,
    FiscalYear,
    Hierarchy,
    Join,
    Metric,
    Place,
    SemanticModel,
    TableMeaning,
    Unread,
    VerifiedQuery,
)

__all__ = [
    "ColumnMeaning",
    "Dimension",
    "Filter",
    "FiscalYear",
    "Hierarchy",
    "Join",
    "Metric",
    "Place",
    "SemanticModel",
    "TableMeaning",
    "Unread",
    "VerifiedQuery",
]
