"""What a tree may be made of: an allow-list of node kinds, and a sentence for each of the usual others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values, exp.Pivot, exp.Table)

_CLAUSES = (
    "Select Union Intersect Except Subquery Values Pivot PivotAlias UnpivotColumns With CTE From Join Lateral Unnest Where Group Having Qualify Order Ordered Limit Offset Fetch "
    "LimitOptions Distinct Window WindowSpec TableSample Table TableAlias TableFromRows Alias Aliases Star Tuple Paren GroupingSets Rollup Cube Final MatchRecognize ColumnDef Schema "
    "JoinHint Nearest ParameterizedAgg CombinedParameterizedAgg AnonymousAggFunc CombinedAggFunc"
)
_VALUES = (
    "Column Identifier Literal Null Boolean Placeholder Var National HexString BitString ByteString RawString UnicodeString Interval IntervalSpan DataType DataTypeParam PseudoType ObjectIdentifier "
    "Array Struct Map ToMap Bracket Slice Dot Lambda Kwarg PropertyEQ JSONPath JSONPathRoot JSONPathKey JSONPathSubscript JSONPathWildcard JSONPathSlice JSONPathRecursive JSONPathSelector "
    "JSONPathUnion JSONPathFilter JSONPathScript PositionalColumn Comprehension AtTimeZone FromTimeZone Collate Introducer Parenthesis PrimaryKey Default"
)
_OPERATORS = (
    "And Or Xor Not Neg Paren Add Sub Mul Div IntDiv Mod Pow DPipe SafeDPipe BitwiseAnd BitwiseOr BitwiseXor BitwiseNot BitwiseLeftShift BitwiseRightShift EQ NEQ NullSafeEQ NullSafeNEQ GT GTE LT LTE Is In "
    "Between Like ILike LikeAny ILikeAny LikeAll ILikeAll NotLike SimilarTo RegexpLike RegexpILike RegexpFullMatch Glob Escape Match MatchAgainst Overlaps ArrayContainsAll ArrayContainedBy ArrayOverlaps "
    "ArrayContains JSONExtract JSONExtractScalar JSONBExtract JSONBExtractScalar JSONBContains JSONBContainsTopKey JSONBContainsAnyTopKeys JSONBContainsAllTopKeys JSONBDeleteAtPath JSONBPathExists JSONArrayContains JSON "
    "ExtendsLeft ExtendsRight Adjacent Distance Any All Exists Case If Coalesce Abs Cbrt Sqrt IsDistinctFrom NullSafe Filter WithinGroup IgnoreNulls RespectNulls HavingMax Order TsMatch "
    "CosineDistance EuclideanDistance StartsWith Cast TryCast CastToStrType Extract Trim Substring StrPosition Overlay GroupConcat Chr Convert ConvertToCharset CharacterSet Anonymous "
    "CurrentDate CurrentTime CurrentTimestamp CurrentDatetime CurrentUser CurrentCatalog CurrentSchema CurrentRole SessionUser Localtime Localtimestamp CurrentTimestampLTZ UtcDate UtcTime UtcTimestamp Variadic Explode "
    "JSONTable JSONColumnDef JSONSchema JSONKeyValue JSONObject JSONObjectAgg JSONArray JSONArrayAgg OpenJSON OpenJSONColumnDef FormatJson XMLElement "
    "TsOrDsToDate DateStrToDate StrToTime SessionUser Ceil Floor RowNumber UDTF"
)
_HINTS = "ForClause XMLKeyValueOption WithTableHint IndexTableHint QueryOption Hint"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _kinds(names: str) -> frozenset[type[exp.Expr]]:
    found = (getattr(exp, name, None) for name in _words(names))
    return frozenset(kind for kind in found if kind is not None)


ALLOWED = _kinds(f"{_CLAUSES} {_VALUES} {_OPERATORS} {_HINTS}")

WRITES: dict[type[exp.Expr], str] = {
    exp.Insert: "INSERT", exp.Update: "UPDATE", exp.Delete: "DELETE", exp.Merge: "MERGE", exp.Create: "CREATE", exp.Drop: "DROP",
    exp.Alter: "ALTER", exp.TruncateTable: "TRUNCATE", exp.Into: "SELECT … INTO", exp.Comment: "COMMENT",
}  # fmt: skip
# What may stand inside a statement that writes, and nowhere else.
WRITING = ALLOWED | _kinds(
    "Insert Update Delete Merge Create Drop Alter TruncateTable Schema ColumnDef ColumnConstraint NotNullColumnConstraint PrimaryKeyColumnConstraint UniqueColumnConstraint DefaultColumnConstraint "
    "CheckColumnConstraint AutoIncrementColumnConstraint GeneratedAsIdentityColumnConstraint CollateColumnConstraint CommentColumnConstraint ComputedColumnConstraint Constraint PrimaryKey ForeignKey Reference UniqueColumnConstraint "
    "Returning OnConflict Whens When IndexColumnConstraint Index IndexParameters AddConstraint AlterColumn RenameColumn AlterRename DropPrimaryKey Properties TemporaryProperty Default Cluster"
)
# The clauses of a SELECT.
PARTS = frozenset(
    {
        "with_",
        "distinct",
        "expressions",
        "kind",
        "hint",
        "operation_modifiers",
        "from_",
        "joins",
        "laterals",
        "where",
        "group",
        "having",
        "qualify",
        "windows",
        "order",
        "limit",
        "offset",
        "sample",
    }
    | {"pivots", "match", "options", "for_", "connect", "exclude"}
    | {"into", "locks"}  # refused by the nodes in them, in better words
)
# What a table's name may be made of.
NAMED = (exp.Identifier, exp.Anonymous, exp.JSONTable, exp.OpenJSON)
WRITABLE = frozenset({"TABLE", "VIEW", "INDEX", "SCHEMA"})

REASONS: dict[type[exp.Expr], str] = {
    exp.Lock: "FOR UPDATE and FOR SHARE lock rows that others need; leave them out.",
    exp.Parameter: "Variables of the server's session are not allowed; write :name for a value of the notebook.",
    exp.SessionParameter: "Settings of the server are not for queries.",
    exp.Command: "Only queries that read may run here.",
    exp.NextValueFor: "NEXT VALUE FOR changes a sequence.",
}

TABLE_HINTS = frozenset({"NOLOCK", "READUNCOMMITTED", "READCOMMITTED", "READPAST", "FORCESEEK", "FORCESCAN", "NOEXPAND", "INDEX"})
QUERY_OPTIONS = frozenset(
    {
        "MAXRECURSION",
        "MAXDOP",
        "RECOMPILE",
        "FAST",
        "HASH JOIN",
        "LOOP JOIN",
        "MERGE JOIN",
        "HASH GROUP",
        "ORDER GROUP",
        "FORCE ORDER",
        "OPTIMIZE FOR UNKNOWN",
    }
)
HINTS = _words(
    "MAX_EXECUTION_TIME INDEX NO_INDEX JOIN_INDEX NO_JOIN_INDEX GROUP_INDEX ORDER_INDEX JOIN_ORDER JOIN_FIXED_ORDER JOIN_PREFIX JOIN_SUFFIX BKA NO_BKA BNL NO_BNL HASH_JOIN NO_HASH_JOIN MERGE NO_MERGE "
    "INDEX_MERGE NO_INDEX_MERGE MRR NO_MRR NO_ICP NO_RANGE_OPTIMIZATION SKIP_SCAN NO_SKIP_SCAN SEMIJOIN NO_SEMIJOIN SUBQUERY QB_NAME"
)

# A word that begins a statement is no name: "select 1 delete from t" is one query for a parser and two for a server.
BEGINS_STATEMENT = _words(
    "alter attach backup begin bulk call commit copy create dbcc deallocate declare delete deny detach drop exec execute grant import insert install kill load merge pragma prepare "
    "reconfigure replace restore revert revoke rollback savepoint set shutdown truncate update use vacuum waitfor while"
)


NEGATION = "NOT beside another operator is read differently by different engines; put brackets around it."


def refusals(tree: exp.Expr, *, write: bool = False) -> Iterator[str]:
    """A sentence for each node that may not be there; ``write`` lets the root write."""
    allowed = WRITING if write else ALLOWED
    for node in tree.walk():
        kind = type(node)
        if write and node is not tree and kind in WRITES and kind not in (exp.Insert, exp.Update, exp.Delete):
            yield f"{WRITES[kind]} cannot stand inside another statement."
        elif kind in WRITES and not write:
            yield f"{WRITES[kind]} writes, and this is a query."
        elif isinstance(node, exp.Parameter) and isinstance(node.this, exp.Literal):
            continue  # $1 of PostgreSQL
        elif kind not in allowed:
            yield REASONS.get(kind) or f"{kind.key.upper()} is not on the list of what a statement may contain."
        elif reason := _detail(node):
            yield reason


def _detail(node: exp.Expr) -> str:
    """What is wrong with a node of a kind that is allowed."""
    match node:
        case exp.Create() | exp.Drop() | exp.Alter() if node.args.get("kind") not in WRITABLE:
            reason = f"Only tables, views, indexes and schemas may be made or changed, not {str(node.args.get('kind')).lower()}s."
        case exp.Select() if not node.expressions and not node.args.get("from_"):
            reason = "SELECT needs at least one column."
        case exp.Select() if odd := sorted(key for key, value in node.args.items() if value and key not in PARTS):
            reason = f"{odd[0].upper()} is not on the list of what a query may contain."
        case exp.Table() if not isinstance(node.this, NAMED):
            reason = "A table is named by at most a database, a schema and a name; other servers and stages are out of reach."
        case exp.ForClause() if str(node.args.get("kind", "")).upper() not in ("JSON", "XML"):
            reason = "FOR is allowed before JSON and XML alone."
        case exp.WithTableHint():
            reason = _unlisted((option.name for option in node.expressions), TABLE_HINTS)
        case exp.QueryOption() if not isinstance(node.parent, exp.ForClause):
            reason = _unlisted([node.name], QUERY_OPTIONS)
        case exp.Hint():
            reason = _unlisted((option.name for option in node.expressions), HINTS)
        case _:
            reason = _precedence(node)
    return reason


BITWISE = (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseLeftShift, exp.BitwiseRightShift)


def _precedence(node: exp.Expr) -> str:
    """What is wrong with an operator whose reach depends on the engine, so that writing it anew could change the value."""
    if _negates(node) and isinstance(node.parent, exp.Binary) and not isinstance(node.parent, exp.Connector | exp.PropertyEQ | exp.Kwarg):
        return NEGATION
    if isinstance(node, exp.BitwiseNot) and isinstance(node.parent, exp.Pow):
        return "~ beside a power is read differently by different engines; put brackets around it."
    if isinstance(node, exp.DPipe) and any(isinstance(beside, BITWISE) for beside in (node.parent, node.left, node.right)):
        return "|| beside an operator on bits is read differently by different engines; put brackets around it."
    return ""


def _negates(node: exp.Expr) -> bool:
    return isinstance(node, exp.Not) or (isinstance(node, exp.Predicate) and bool(node.args.get("negate")))


def begins_statement(name: exp.Identifier) -> bool:
    """Whether an unquoted alias is a word that begins a statement."""
    return not name.quoted and isinstance(name.parent, exp.Alias | exp.TableAlias) and name.name.lower() in BEGINS_STATEMENT


def _unlisted(names: Iterator[str] | list[str], allowed: frozenset[str]) -> str:
    for name in names:
        if name.upper() not in allowed:
            return f"The hint {name} is not allowed."
    return ""
