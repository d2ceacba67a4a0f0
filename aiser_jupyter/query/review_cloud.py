"""The review of engines without a snapshot of their own, and of Spark: what is held against their functions, and what their manuals list beyond sqlglot.

Patterns stand for whole names in lower case. The names were taken from the manuals and from sqlglot's grammars; none was tried on a server but Spark's.
"""

from __future__ import annotations

FILES = "reads or writes files"
NETWORK = "reaches other machines"
CODE = "runs code or SQL from a text"
SETTINGS = "reads or changes settings of the server"
STATE = "changes state that outlives the query"
WAITS = "holds the server up"
SERVER = "shows or changes how the server runs"
SECRETS = "handles keys and passwords"
MODELS = "calls a model, which costs money and sends the rows elsewhere"

_MODELS = (r"ai_\w+|ml_\w+|predict|generate(_(bool|double|embedding|int|table|text))?|forecast|complete|embed_text\w*|\w*cortex\w*", MODELS)
_SECRETS = (r"\w*(en|de)crypt\w*|aes_\w+|hmac\w*|secret\w*|\w*keyset\w*|aead\w*|kms\w*|keys?_(new|add|rotate)\w*", SECRETS)

DENIED: dict[str, tuple[tuple[str, str], ...]] = {
    "spark": (
        _MODELS,
        _SECRETS,
        (r"reflect|java_method|try_reflect|transform_with_\w+|python_\w+", CODE),
        (r"input_file_\w+|read_\w+|from_avro|from_protobuf|schema_of_avro|list_secrets|read_files|cloud_files\w*|to_file", FILES),
        (r"raise_error|spark_partition_id|current_path|version|http_request|remote_query|event_log", SERVER),
    ),
    "snowflake": (
        _MODELS,
        _SECRETS,
        (r"system\$?\w*|\w*\$\w*", SERVER),
        (r"result_scan|last_query_id|last_transaction|query_history\w*|login_history\w*|task_\w+|copy_history|pipe_\w+|stage_\w+|\w+_history\w*|policy_\w+|tag_references\w*", SERVER),
        (r"get_(presigned_url|stage_location|absolute_path|relative_path|ddl|object_references|python_\w+)|build_\w+_url|to_file|try_to_file|infer_schema|directory|fl_\w+", FILES),
        (r"current_(session|statement|transaction|client|ip_address|account|organization_\w+|secondary_roles|available_roles)|getvariable|is_role_in_session|invoker_\w+", SETTINGS),
        (r"external_\w+|validate|generate_column_description", NETWORK),
    ),
    "bigquery": (
        _MODELS,
        _SECRETS,
        (r"external_query|external_object_transform|net\w*_fetch\w*", NETWORK),
        (r"session_\w+|error|load_\w+|obj_\w+|appends|changes|vector_search|gap_fill_external", SERVER),
        (r"to_file|generate", FILES),
    ),
    "clickhouse": (
        _MODELS,
        _SECRETS,
        (r"sleep\w*|throwif", WAITS),
        (r"file\w*|url|urlcluster|s3\w*|gcs|hdfs\w*|azure\w*|input|executable\w*|iceberg\w*|delta\w*|hudi\w*|to_file", FILES),
        (r"remote\w*|cluster\w*|mysql|postgresql|mongodb|redis|sqlite|odbc|jdbc|ytsaurus", NETWORK),
        (r"dict\w+|joinget\w*|getsetting\w*|getserverport|getmacro|getossetting|hostname|fqdn|serveruuid|tcpport|version|uptime|currentprofiles|filesystem\w*|buildid|addressto\w+|demangle|displayname|zookeeper\w*|queryid|initialqueryid|connectionid|evalmlmethod|catboost\w*|naivebayes\w*|nonaggregate\w*|runningaccumulate\w*|blockserializedsize|getclienthttpheader|transactionid\w*|showcertificate", SERVER),
    ),
    "trino": (
        _MODELS,
        _SECRETS,
        (r"query|procedure|exclude_columns_remote|kill_query|fail|sync_partition_metadata", CODE),
        (r"current_(session|groups|path)|version", SETTINGS),
    ),
    "redshift": (
        _MODELS,
        _SECRETS,
        (r"pg_(terminate|cancel|sleep|read|ls|stat|advisory|try|notify|current|backend|get)\w*|current_setting|set_config|setseed|nextval|setval|currval|lastval", SERVER),
        (r"explain_model|lambda\w*|external\w*|dblink\w*|get_\w*credentials\w*|to_file|version|slice_num|\w*_xml\w*|query_to_\w+", NETWORK),
        (r"last_user_\w+|change_\w+|has_assumerole_privilege|pg_last_\w+", SERVER),
    ),
}  # fmt: skip

# Plain functions of the manuals that sqlglot's lists lack.
GRANTED: dict[str, frozenset[str]] = {
    "snowflake": frozenset(
        """
        listagg ratio_to_report object_agg object_keys array_construct array_to_string strtok split_part iff nvl2 decode regr_valx regr_valy conditional_change_event
        conditional_true_event width_bucket try_to_number try_to_decimal try_to_double to_variant to_object to_array time_slice previous_day dayname monthname hash_agg
        bitand_agg div0null equal_null greatest_ignore_nulls least_ignore_nulls regexp_substr_all charindex editdistance haversine square cbrt
        """.split()  # noqa: SIM905
    ),
    "bigquery": frozenset(
        """
        countif any_value approx_top_count approx_top_sum array_concat_agg array_reverse array_to_string array_length bit_count byte_length char_length code_points_to_string
        contains_substr farm_fingerprint format ieee_divide instr json_extract_string_array json_value json_value_array json_query json_query_array lax_bool lax_int64
        lax_float64 lax_string normalize normalize_and_casefold parse_bignumeric parse_numeric percentile_cont percentile_disc range_bucket safe_add safe_multiply safe_negate
        safe_subtract safe_convert_bytes_to_string soundex to_code_points to_hex to_json to_json_string unix_date unix_micros unix_millis unix_seconds
        extract st_distance st_geogpoint st_contains st_within st_area st_length st_x st_y hll_count_init hll_count_merge
        """.split()  # noqa: SIM905
    ),
    "trino": frozenset(
        """
        cardinality array_join array_agg approx_distinct approx_percentile approx_most_frequent map_agg multimap_agg map_keys map_values map_filter transform_values transform_keys reduce_agg
        zip zip_with element_at contains_sequence date_diff date_add date_format date_parse from_iso8601_date from_iso8601_timestamp from_unixtime to_unixtime to_iso8601
        json_array_contains json_array_get json_array_length json_extract json_extract_scalar json_format json_parse json_size json_query json_value geometric_mean bitwise_and_agg bitwise_or_agg
        checksum codepoint hamming_distance levenshtein_distance normalize split_part split_to_map strpos url_extract_host url_extract_path url_extract_query
        width_bucket wilson_interval_lower wilson_interval_upper numeric_histogram histogram human_readable_seconds if is_nan is_finite is_infinite beta_cdf normal_cdf at_timezone
        day_of_week day_of_month day_of_year year_of_week last_day_of_month millisecond timezone_hour timezone_minute parse_datetime format_datetime sequence ngrams
        """.split()  # noqa: SIM905
    ),
    "redshift": frozenset(
        """
        listagg median ratio_to_report json_extract_path_text json_extract_array_element_text json_array_length is_valid_json is_valid_json_array json_parse json_serialize
        getdate sysdate trunc add_months months_between next_day last_day nvl nvl2 decode charindex strtol regexp_count regexp_instr regexp_substr
        regexp_replace dateadd datediff date_part date_part_year date_trunc to_char to_date to_number to_timestamp interval_cmp timestamp_cmp convert_timezone timezone func_sha1
        checksum crc32 md5 sha2 len btrim initcap quote_ident quote_literal replicate translate split_part split_to_array get_array_length
        array_concat array_flatten subarray approximate percentile_cont percentile_disc bool_and bool_or bit_and bit_or stddev_samp stddev_pop var_samp var_pop
        """.split()  # noqa: SIM905
    ),
}
_CLICKHOUSE_AGGREGATES = """
    count sum avg min max any anyheavy anylast argmin argmax groupArray grouparray groupuniqarray grouparrayinsertat grouparraymovingavg grouparraymovingsum groupbitand groupbitor
    groupbitxor uniq uniqexact uniqcombined uniqcombined64 uniqhll12 uniqthetasketch quantile quantiles quantileexact quantilesexact quantileexactlow quantileexacthigh
    quantiletdigest quantiletiming quantiledeterministic quantileexactweighted quantilebfloat16 median medianexact topk topkweighted stddevpop stddevsamp stddevpopstable stddevsampstable
    varpop varsamp varpopstable varsampstable covarpop covarsamp corr skewpop skewsamp kurtpop kurtsamp summap minmap maxmap sumwithoverflow sumkahan avgweighted entropy
    simplelinearregression windowfunnel retention sequencecount sequencematch deltasum deltasumtimestamp boundingratio rankcorr cramersv mannwhitneyutest studentttest welchttest
    exponentialmovingaverage intervallengthsum first_value last_value sumcount
    """.lower().split()
GRANTED["clickhouse"] = frozenset(
    {name + suffix for name in _CLICKHOUSE_AGGREGATES for suffix in ("", "if", "array", "distinct", "ordefault", "ornull", "arrayif", "ifornull", "ifdistinct")}
    | set(
        """
        tostartofyear tostartofquarter tostartofmonth tostartofweek tostartofday tostartofhour tostartofminute tostartoffiveminutes tostartoftenminutes tostartoffifteenminutes
        tostartofinterval tomonday toyear toquarter tomonth toweek todayofmonth todayofweek todayofyear tohour tominute tosecond toyyyymm toyyyymmdd toyyyymmddhhmmss tounixtimestamp
        tounixtimestamp64milli fromunixtimestamp fromunixtimestamp64milli todate todate32 todatetime todatetime64 todateornull todatetimeornull todateorzero todatetimeorzero parsedatetime
        parsedatetimebesteffort parsedatetimebesteffortornull formatdatetime datediff dateadd datesub datetrunc datename age adddays addmonths addyears addhours addminutes addseconds
        addweeks addquarters subtractdays subtractmonths subtractyears subtracthours subtractweeks now now64 today yesterday totimezone timeslot tolastdayofmonth makedate
        tostring toint8 toint16 toint32 toint64 touint8 touint16 touint32 touint64 tofloat32 tofloat64 todecimal32 todecimal64 todecimal128 toint32ornull toint64ornull tofloat64ornull
        toint32orzero toint64orzero tofloat64orzero tobool tofixedstring touuid accuratecastornull reinterpretasint64 if multiif ifnull nullif assumenotnull tonullable isnull isnotnull
        coalesce least greatest length empty notempty lower upper lowerutf8 upperutf8 lengthutf8 reverse reverseutf8 substring substringutf8 concat concatwithseparator startswith endswith trim
        trimleft trimright trimboth leftpad rightpad format splitbychar splitbystring splitbyregexp arraystringconcat position positioncaseinsensitive positionutf8 countsubstrings match extract
        extractall extractallgroups replaceone replaceall replaceregexpone replaceregexpall like ilike multisearchany multimatchany ngramdistance levenshteindistance
        array arrayconcat arrayelement has hasall hasany indexof countequal arraypushback arraypushfront arrayslice arraysort arrayreversesort arrayuniq arraydistinct arrayreduce arrayreverse
        arraymap arrayfilter arraycount arraysum arrayavg arraymin arraymax arrayexists arrayall arrayfirst arraylast arrayjoin arrayflatten arrayzip arraycumsum arraydifference arrayintersect
        arrayenumerate range tuple tupleelement untuple map mapkeys mapvalues mapcontains mapfilter mapapply jsonextract jsonextractstring jsonextractint jsonextractfloat jsonextractbool
        jsonextractraw jsonextractarrayraw jsonextractkeys jsonhas jsonlength jsontype isvalidjson simplejsonextractstring simplejsonextractint visitparamextractstring json_value json_query
        abs sign sqrt cbrt exp log log2 log10 pow power intdiv intdivorzero modulo moduloorzero positivemodulo gcd lcm round roundbankers floor ceil trunc plus minus multiply divide negate
        cityhash64 siphash64 xxhash64 farmhash64 murmurhash3_64 md5 sha1 sha256 hex unhex bitand bitor bitxor bitshiftleft bitshiftright bitcount
        domain domainwithoutwww topleveldomain path protocol querystring cutquerystring extracturlparameter decodeurlcomponent ipv4numtostring ipv4stringtonum toipv4 toipv6
        greatcircledistance pointinpolygon geodistance transform rownumberinallblocks neighbor runningdifference bar formatreadablesize formatreadablequantity formatreadabletimedelta
        isnan isfinite isinfinite totypename row_number rank dense_rank lag laginframe leadinframe lead ntile nth_value generateuuidv4
        """.split()  # noqa: SIM905
    )
)  # fmt: skip

# Functions that may stand where a table stands.
TABLES: dict[str, frozenset[str]] = {
    "spark": frozenset({"range", "explode", "explode_outer", "posexplode", "posexplode_outer", "inline", "inline_outer", "stack", "json_tuple", "variant_explode"}),
    "snowflake": frozenset({"flatten", "generator", "split_to_table", "strtok_split_to_table", "table"}),
    "bigquery": frozenset({"unnest"}),
    "clickhouse": frozenset({"numbers", "numbers_mt", "zeros", "generate_series", "generateseries", "values", "null", "one"}),
    "trino": frozenset({"unnest", "sequence", "table"}),
    "redshift": frozenset({"generate_series", "unnest"}),
}  # fmt: skip
