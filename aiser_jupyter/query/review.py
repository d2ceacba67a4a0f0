"""Which functions of the engines' catalogues may be called: what was found when their lists were read through.

Each pattern stands for whole names in lower case. What a catalogue does not list is refused without being named here.
"""

from __future__ import annotations

import re

from aiser_jupyter.query import review_cloud

# Functions of the grammar, which no catalogue lists.
GRAMMAR: dict[str, frozenset[str]] = {
    "": frozenset({"cast", "coalesce", "exists", "extract", "grouping", "nullif", "position", "substring", "trim", "try_cast"}),
    "duckdb": frozenset(
        {"array", "columns", "date", "grouping_id", "if", "ifnull", "mode", "percentile_cont", "percentile_disc", "try", "unnest", "unpack"}
    ),
    "sqlite": frozenset({"group_concat", "match", "glob", "like"}),
    "postgres": frozenset(
        {
            "array",
            "current_catalog",
            "current_time",
            "current_timestamp",
            "localtime",
            "localtimestamp",
            "greatest",
            "least",
            "merge_action",
            "row",
            "xmlforest",
            "xmlelement",
            "xmlconcat",
        }
    ),
    "mysql": frozenset({"values"}),
    "tsql": frozenset({"json_arrayagg", "json_objectagg"}),
}

# Functions beyond the snapshot that only read: volatile ones of PostgreSQL, those of later versions of SQLite.
GRANTED: dict[str, frozenset[str]] = {
    "sqlite": frozenset(
        {
            "concat",
            "concat_ws",
            "if",
            "jsonb",
            "jsonb_array",
            "jsonb_extract",
            "jsonb_group_array",
            "jsonb_group_object",
            "jsonb_object",
            "median",
            "octet_length",
            "percentile",
            "string_agg",
            "timediff",
            "unhex",
        }
    ),
    "postgres": frozenset(
        {
            "clock_timestamp",
            "gen_random_uuid",
            "random",
            "timeofday",
            "pg_relation_size",
            "pg_table_size",
            "pg_total_relation_size",
            "pg_indexes_size",
            "pg_database_size",
            "pg_is_in_recovery",
        }
    ),
}

# Functions that may stand where a table stands. Others would read files, other databases, or the engine's own state.
TABLES: dict[str, frozenset[str]] = {
    "duckdb": frozenset(
        {
            "duckdb_columns", "duckdb_constraints", "duckdb_functions", "duckdb_indexes", "duckdb_keywords", "duckdb_schemas", "duckdb_tables", "duckdb_types", "duckdb_views",
            "generate_series", "histogram", "histogram_values", "icu_calendar_names", "json_each", "json_tree", "pg_timezone_names", "pragma_table_info", "pragma_version", "range", "repeat", "repeat_row",
            "summary", "unnest",
        }
    ),
    "sqlite": frozenset(
        {"generate_series", "json_each", "json_tree", "pragma_foreign_key_list", "pragma_index_info", "pragma_index_list", "pragma_table_info", "pragma_table_list", "pragma_table_xinfo"}
    ),
    "postgres": frozenset(
        {
            "generate_series", "generate_subscripts", "json_array_elements", "json_array_elements_text", "json_each", "json_each_text", "json_object_keys", "json_populate_record", "json_populate_recordset", "json_table",
            "json_to_record", "json_to_recordset", "jsonb_array_elements", "jsonb_array_elements_text", "jsonb_each", "jsonb_each_text", "jsonb_object_keys", "jsonb_path_query", "jsonb_path_query_tz", "jsonb_populate_record",
            "jsonb_populate_recordset", "jsonb_to_record", "jsonb_to_recordset", "pg_get_keywords", "pg_timezone_abbrevs", "pg_timezone_names", "regexp_matches", "regexp_split_to_table", "string_to_table", "ts_parse",
            "unnest",
        }
    ),
    "mysql": frozenset({"json_table"}),
    "tsql": frozenset({"generate_series", "openjson", "string_split"}),
    "oracle": frozenset({"json_table"}),
}  # fmt: skip

FILES = "reads or writes files"
SQL_TEXT = "runs SQL from a text"
SETTINGS = "reads or changes settings of the server"
STATE = "changes state that outlives the query"
WAITS = "holds the server up"
SERVER = "shows or changes how the server runs"
MEMORY = "can fill the memory"
SECRETS = "handles keys and passwords"

DENIED: dict[str, tuple[tuple[str, str], ...]] = {
    "duckdb": (
        (r"read_\w+|\w+_scan|scan_\w+|glob|sniff_\w+|parquet_\w+|which_secret|arrow_scan_dumb", FILES),
        (r"query|query_table|json_(de)?serialize_\w+|json_execute_\w+|python_\w+", SQL_TEXT),
        (r"current_setting|getvariable|getenv|duckdb_(secret\w*|settings|variables|logs\w*|extension\w*|external\w*|temporary_files|databases)", SETTINGS),
        (r"nextval|currval|setval|setseed|write_log|add_parquet_key|\w+_logging|\w+_profiling|truncate_\w+|\w*checkpoint|\w*_external_resource\w*", STATE),
        (r"sleep_ms|pg_sleep", WAITS),
        (r"__\w+|\w*_byte_comparable|stats|index_key|vector_type|parse_duckdb_log_message|icu_collate_\w+|collate_\w+", SERVER),
    ),
    "sqlite": (
        (r"load_extension|readfile|writefile|edit|fts3_tokenizer|fsdir|lsdir", FILES),
        (r"eval|sqlite_log|sqlite_compileoption_\w+", SETTINGS),
        (r"randomblob|zeroblob", MEMORY),
        (r"rtree\w+|fts\d\w*|dbstat|sqlite_stmt", SERVER),
    ),
    "postgres": (
        (r"pg_(read|ls|stat|file|current_log)_?file\w*|pg_ls_\w+|lo_\w+|loread|lowrite|pg_relation_file\w+|pg_filenode_relation|pg_tablespace_\w+", FILES),
        (r"(query|table|schema|database|cursor)_to_xml\w*|ts_stat|ts_rewrite|xmlvalidate", SQL_TEXT),
        (r"current_setting|set_config|pg_settings_\w+|pg_show_all_\w+|pg_config|pg_conf_load_time|pg_hba_\w+|pg_options_to_table|pg_prepared_\w+|pg_cursor", SETTINGS),
        (r"nextval|setval|currval|lastval|setseed|pg_notify|\w+_advisory_\w+|pg_(switch|create|drop|copy|replication|logical|export|promote|log|rotate|reload|backup)\w*", STATE),
        (r"pg_current_xact_id|txid_current", STATE),
        (r"pg_sleep\w*|pg_terminate_\w+|pg_cancel_\w+", WAITS),
        (r"pg_stat_get_\w+|pg_walfile_\w+|pg_event_trigger_\w+|pg_get_(replication|publication|catalog|function|trigger|rule)\w*|pg_sequence_\w+|fmgr_\w+|postgresql_fdw_validator|pg_listening_\w+", SERVER),
        (r"pg_available_\w+|pg_extension_\w+|pg_replication_\w+|inet_(client|server)_\w+|pg_(snapshot|visible|mcv|indexam)_\w+|(acl|makeacl)\w+|satisfies_hash_partition|row_security_active", SERVER),
        (r"dblink\w*|postgres_fdw_\w+", SQL_TEXT),
    ),
    "mysql": (
        (r"load_file|sys_\w+", FILES),
        (r"benchmark|sleep|get_lock|is_free_lock|is_used_lock|release_\w+|\w+_pos_wait|wait_\w+", WAITS),
        (r"last_insert_id|nextval|lastval|setval|name_const|row_count", STATE),
        (r"extractvalue|updatexml|gtid_\w+|ps_\w+thread_id|roles_graphml|statement_digest\w*|can_access_\w+", SERVER),
        (r"random_bytes|aes_\w+|des_\w+|encrypt|encode|decode|password|old_password|validate_password_strength", SECRETS),
    ),
    "tsql": (
        (r"openrowset|opendatasource|openquery|openxml|file\w*|get_filestream_\w+", FILES),
        (r"crypt_gen_random|\w*crypt\w*|sign\w*by\w+|verifysigned\w+|cert\w+|\w*key_\w+|pwd\w+|loginproperty|symkey\w+|asymkey\w*", SECRETS),
        (r"serverproperty|connectionproperty|session_context|context_info|databasepropertyex|app_name|host_\w+|is_srvrolemember|publishingservername|permissions", SETTINGS),
        (r"applock_\w+|ident_current|scope_identity|newsequentialid|identity|update|columns_updated|eventdata|trigger_nestlevel|min_active_rowversion|textptr|textvalid|cursor_status", STATE),
        (r"xp_\w+|sp_\w+|fn_\w+|sys\w*_exec\w*", SERVER),
    ),
}  # fmt: skip

COMMON = (
    (r"load_extension|load_file|pg_read_\w+|read_\w+|\w*outfile|infile", FILES),
    (r"sleep\w*|\w+_sleep|benchmark|waitfor", WAITS),
    (r"system\$?\w*|xp_\w+|sp_\w+|dblink\w*|\w*_exec|exec\w*|eval", SQL_TEXT),
)


DENIED |= {dialect: (*COMMON, *patterns) for dialect, patterns in review_cloud.DENIED.items()}
GRANTED |= review_cloud.GRANTED
TABLES |= review_cloud.TABLES


def denied(name: str, dialect: str) -> str:
    """Why ``name`` (lower case) may not be called in ``dialect``; empty where nothing is held against it."""
    for pattern, reason in DENIED.get(dialect, COMMON):
        if re.fullmatch(pattern, name):
            return reason
    return ""
