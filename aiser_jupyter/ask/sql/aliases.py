"""The names of a query's columns."""

from __future__ import annotations

from aiser_jupyter.ask.plan import PERCENT, Band, Bucket, ColumnRef, Days, Defined, Formula, Item, Plan, Ranges, Star, Upper, leaves
from aiser_jupyter.ask.words import split


def aliases(plan: Plan) -> tuple[str, ...]:
    """A speaking, unique output name for each item that is no plain column; empty where the column's own name will do."""
    taken: set[str] = set()
    names = []
    for item in plan.select:
        name = _alias(item)
        if name or (isinstance(item.expression, ColumnRef) and item.expression.column.casefold() in taken):
            name = name or f"{item.expression.table}_{item.expression.column}" if isinstance(item.expression, ColumnRef) else name
            base, number = name, 2
            while name.casefold() in taken:
                name, number = f"{base}_{number}", number + 1
        taken.add(name.casefold() or (item.expression.column.casefold() if isinstance(item.expression, ColumnRef) else ""))
        names.append(name)
    return tuple(names)


def _alias(item: Item) -> str:  # noqa: C901, PLR0911, PLR0912  # one case a kind is the clearest table
    match item.expression:
        case Star(table):
            noun = "_".join(split(table)) or "row"
            subject = f"{noun}_count" if item.aggregate == "count" else ""
        case Bucket(_, grain, shift):
            subject = f"fiscal_{grain}" if shift else grain
        case Formula(name):
            subject = name if item.aggregate in ("", "sum") else f"{item.aggregate}_{name}"
        case Days(start, end, unit):
            subject = "_".join((*split(start.column), "to", *split(end.column)))
            what = {1.0: "seconds", 60.0: "minutes", 3_600.0: "hours"}.get(item.scale, "days") if unit else "days"
            subject = f"{item.aggregate}_{what}" if item.aggregate else f"{what}_{subject}"
        case Band(column, _):
            subject = f"{'_'.join(split(column.column))}_band"
        case Ranges(column):
            subject = f"{'_'.join(split(column.column))}_range"
        case Upper(column, key, _):
            subject = "_".join((*split(key.column), *split(column.column)))
        case Defined(name, aggregate=own):
            subject = "_".join(split(name)) or "value"
            subject = subject if item.aggregate in ("", own) else f"{item.aggregate}_{subject}"
        case ColumnRef(_, column):
            base = "_".join(split(column)) or column
            if not item.aggregate and item.scale != 1.0:
                return f"{base}_in_unit"  # another number than the column's own
            prefix = {"count": "distinct_" if item.distinct else "count_", "sum": "total_", "avg": "average_", "": ""}.get(
                item.aggregate, f"{item.aggregate}_"
            )
            subject = (base if f"{base}_".startswith(prefix) else prefix + base) if item.aggregate else ""
    if item.among:
        return f"share_of_{subject}"
    if item.over is not None:
        between = "in_percent_of" if item.scale == PERCENT else "per"
        return f"{subject}_{between}_{_alias(item.over).removesuffix('_count').removeprefix('distinct_').removesuffix('_id')}"
    if item.aggregate == "quantile":
        return subject.replace("quantile", f"percentile_{item.fraction * 100:g}", 1).replace(".", "_")
    if item.less is not None and item.window == "exists":
        return "is_more"
    if item.less is not None:
        return f"{'change' if item.window == 'change' else 'difference'}_of_{subject}"
    if item.window in ("moving", "first", "retained"):
        return {"moving": f"moving_average_of_{subject}", "first": f"first_{subject}", "retained": "retained"}[item.window]
    if item.window == "peers":
        return f"mean_of_{subject or '_'.join(split(leaves(item.expression)[0].column))}"  # type: ignore[union-attr]  # rows alone have a subject
    if item.window == "gap":
        return "days_since_the_one_before"
    if item.window == "exists":
        return "any_" + subject.removesuffix("_count")
    return f"{item.window}_of_{subject}" if item.window and subject else subject
