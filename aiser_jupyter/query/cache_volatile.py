"""What makes a statement give another answer on the same data: the clock, chance, the session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.query.syntax import ALIASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiser_jupyter.query.verdict import Verdict


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Functions by dialect; "" holds for all. From DuckDB's own catalogue (stability), PostgreSQL's (provolatile) and the manuals of the others.
FUNCTIONS: dict[str, frozenset[str]] = {
    "": _words(
        "now rand random uuid getdate sysdate current_date current_time current_timestamp current_user current_role current_schema current_database "
        "localtime localtimestamp session_user user database schema nextval currval lastval setval connection_id version"
    ),
    "duckdb": _words(
        "current_connection_id current_query current_query_id current_schemas current_setting current_transaction_id error gen_random_uuid "
        "get_current_time get_current_timestamp getvariable in_search_path setseed sleep_ms stats today transaction_timestamp txid_current "
        "uuidv4 uuidv7 vector_type write_log"
    ),
    "sqlite": _words("changes last_insert_rowid randomblob total_changes sqlite_version sqlite_source_id"),
    "postgres": _words(
        "age clock_timestamp statement_timestamp transaction_timestamp timeofday gen_random_uuid uuidv4 uuidv7 random_normal current_setting "
        "current_schemas current_catalog current_query inet_client_addr inet_client_port inet_server_addr inet_server_port txid_current "
        "txid_current_if_assigned txid_current_snapshot pg_current_xact_id pg_current_xact_id_if_assigned pg_current_snapshot pg_backend_pid "
        "pg_postmaster_start_time pg_conf_load_time row_security_active has_table_privilege has_column_privilege has_schema_privilege "
        "pg_table_size pg_total_relation_size pg_relation_size pg_database_size pg_indexes_size pg_table_is_visible pg_trigger_depth pg_is_in_recovery"
    ),
    "mysql": _words(
        "curdate curtime utc_date utc_time utc_timestamp unix_timestamp sleep uuid_short last_insert_id row_count found_rows system_user "
        "random_bytes is_free_lock is_used_lock benchmark"
    ),
    "tsql": _words(
        "getutcdate sysdatetime sysutcdatetime sysdatetimeoffset current_timezone current_timezone_id newid newsequentialid crypt_gen_random "
        "checksum_agg db_name db_id host_name host_id app_name suser_name suser_sname user_name user_id original_login is_member "
        "is_srvrolemember has_perms_by_name scope_identity ident_current session_context context_info rowcount_big"
    ),
    "oracle": _words("systimestamp sys_guid sys_context userenv sessiontimezone dbtimezone ora_rowscn uid dbms_random"),
    "snowflake": _words(
        "sysdate systimestamp getdate randstr uniform normal zipf seq1 seq2 seq4 seq8 uuid_string last_query_id current_account current_warehouse "
        "current_session current_statement current_transaction current_ip_address current_region current_available_roles invoker_role"
    ),
    "bigquery": _words("current_datetime generate_uuid session_user"),
    "spark": _words(
        "curdate current_timezone randn shuffle monotonically_increasing_id spark_partition_id input_file_name unix_timestamp current_catalog uniform randstr"
    ),
}
_ALL = frozenset().union(*FUNCTIONS.values())
# Written without brackets: names are quoted in a checked statement, so a bare word is the language's own.
_WORDS = re.compile(
    r"(?<![\"`\[\w.$:])(?:CURRENT_\w+|LOCALTIME(?:STAMP)?|SESSION_USER|SYSTEM_USER|SYSDATE|SYSTIMESTAMP|UTC_(?:DATE|TIME|TIMESTAMP)|ROWNUM|TABLESAMPLE"
    r"|SAMPLE|NEXT\s+VALUE\s+FOR)(?![\"`\]\w])|@",
    re.IGNORECASE,
)
# Text that an engine reads as the present when it makes a date of it.
_PRESENT = re.compile(r"(?i)^\s*(?:now|today|tomorrow|yesterday|allballs)\s*$")
_TEXT = re.compile(r"'((?:[^']|'')*)'")
# SQLite takes the present where a function of dates is given none.
_SQLITE_NOW = re.compile(
    r"\b(?:date|time|datetime|julianday|unixepoch)\s*\(\s*\)|\bstrftime\s*\(\s*'(?:[^']|'')*'\s*\)|'(?:localtime|utc)'", re.IGNORECASE
)


def volatile(verdict: Verdict, dialect: str, values: Mapping[str, object]) -> str:
    """What in the checked statement may give another answer on the same data; empty where nothing does.

    In doubt it names something: a statement that is run again is never wrong. For a dialect without a list of its own all lists hold.
    """
    dialect = ALIASES.get(dialect, dialect)
    known = FUNCTIONS[""] | FUNCTIONS[dialect] if dialect in FUNCTIONS else _ALL
    for name in verdict.functions:
        if name in known:
            return f"{name}()"
    if found := _WORDS.search(_TEXT.sub("''", verdict.sql)):
        return found.group()
    if found := _present((*_TEXT.findall(verdict.sql), *values.values())):
        return repr(found)
    if dialect == "sqlite" and (found := _SQLITE_NOW.search(verdict.sql)):
        return found.group()
    return ""


def _present(values: Iterable[object]) -> str:
    return next((value for value in values if isinstance(value, str) and _PRESENT.match(value)), "")
