select count(*) from orders
select Region, SUM(total) AS Revenue from Orders group by region order by revenue desc limit 3
select o.*, c.name from orders o join customers c on o.customer_id = c.id order by o.id
select date_trunc('month', created_at) m, sum(total) from orders group by 1 order by 1
select extract(year from created_at), extract(dow from created_at), extract(epoch from created_at), date_part('hour', created_at) from orders order by id
select created_at::date, total::int, total::numeric(10, 1), cast(id as text), '5'::integer, 'x'::varchar(10), id::float8, '{1,2}'::int[], total::text as t from orders order by orders.id
select created_at + interval '1 day', created_at - interval '2 hours', now() - created_at > interval '1 year', age(timestamp '2024-03-01', timestamp '2024-01-01'), interval '1 year 2 months' from orders order by id
select date '2024-01-31' + 1, date '2024-01-31' - date '2024-01-01', timestamp '2024-01-01 10:00' at time zone 'UTC', make_date(2024, 1, 2), to_char(created_at, 'YYYY-MM'), to_date('2024', 'YYYY'), to_timestamp(0) from orders order by id
select current_date is not null, current_timestamp is not null, localtimestamp is not null, now() is not null, clock_timestamp() is not null
select current_user, session_user, current_database(), current_schema, version() is not null
select data ->> 'k', data -> 'list' -> 0, data #>> '{list,0}', data #> '{list}', data ? 'k', data @> '{"k": 1}', data -> 'a.b', data ->> 'x y' from docs order by id
select jsonb_agg(o) from (select id from orders order by id limit 2) o
select jsonb_build_object('a', 1), json_build_array(1, 'x'), to_jsonb(row(1, 2)), jsonb_typeof('1'), jsonb_array_length('[1]'), row_to_json(c) from customers c order by id
select e.key, e.value from docs, jsonb_each_text(docs.data) e order by 1, 2
select x.a from jsonb_to_recordset('[{"a": 1}]') as x(a int)
select value from jsonb_array_elements('[1, 2]')
select distinct on (customer_id) * from orders order by customer_id, created_at desc
select string_agg(name, ', ' order by name desc) from customers
select array_agg(id order by id desc), array_to_string(array_agg(region order by id), ','), array_length(array[1, 2], 1), (array[1, 2, 3])[2], (array[1, 2, 3])[1:2], array[1] || array[2], 1 = any(array[1, 2]), cardinality(array[1]), array_append(array[1], 2), array_position(array[1, 2], 2) from orders
select count(*) filter (where total > 10), sum(total) filter (where region = 'north') from orders
select percentile_cont(0.5) within group (order by total), mode() within group (order by region), percentile_disc(array[0.5, 0.9]) within group (order by total) from orders
select width_bucket(total, 0, 100, 10), count(*) from orders group by 1 order by 1
select corr(total, quantity), regr_slope(total, quantity), stddev_samp(total), var_pop(total), bool_and(total > 0), every(total > 0), bit_or(quantity) from orders
select unnest(array[1, 2])
select * from unnest(array[1, 2], array['a', 'b']) as t(n, s)
select * from unnest(array['a', 'b']) with ordinality as t(s, n)
select * from generate_series(1, 3)
select d::date, count(o.id) from generate_series('2024-01-01'::date, '2024-01-05'::date, interval '1 day') d left join orders o on o.created_at::date = d::date group by 1 order by 1
select generate_series(1, 3)
select * from only orders order by id
select * from orders order by total desc nulls last fetch first 2 rows only
select * from orders order by id offset 1 limit 2
select * from orders tablesample system (100) order by id
select region, status, sum(total), grouping(region) from orders group by rollup (region, status) order by 1, 2
select region, status, sum(total) from orders group by grouping sets ((region), (status), ()) order by 1, 2
select region, status, count(*) from orders group by cube (region, status) order by 1, 2
select id, row_number() over (partition by region order by total desc), lag(total, 1) over w, sum(total) over (order by id rows between unbounded preceding and current row), avg(total) over (order by id range between 1 preceding and 1 following exclude ties) from orders window w as (order by id) order by id
select first_value(total) over (order by id), nth_value(total, 2) over (order by id), ntile(2) over (order by id), percent_rank() over (order by id), cume_dist() over (order by id) from orders order by id
select c.name, x.n from customers c cross join lateral (select count(*) n from orders o where o.customer_id = c.id) x order by 1
select c.name, x.total from customers c left join lateral (select total from orders o where o.customer_id = c.id order by total desc limit 1) x on true order by 1
select name from customers where name like 'A%' or name ilike '%b%' or name ~ '^C' or name ~* 'c' or name !~ 'x' or name !~* 'y' or name similar to '(A|B)%' order by 1
select regexp_replace('abc', 'b', 'x', 'g'), regexp_match('a1', '\d'), substring('foobar' from 'o.b'), substring('abc' from 2 for 1), substring('abc', 2), position('b' in 'abc'), overlay('abcd' placing 'X' from 2 for 1), trim(both 'x' from 'xax'), trim('  a'), split_part('a,b', ',', 2), left('abc', 1), initcap('abc'), lpad('1', 3, '0'), repeat('a', 2), reverse('ab'), md5('a'), chr(65), ascii('A'), format('%s-%s', 1, 2), concat_ws(',', 1, 2), 'a' || 1, quote_literal('x')
select e'a\nb', $$a;b$$, $x$y$x$, 'it''s', 'a\b', 1e3, .5, b'101', x'1F'
select 7 / 2, 7 % 2, 7.0 / 2, 2 ^ 3, |/ 4, ||/ 27, 5 & 3, 5 | 2, 5 # 1, ~1, 1 << 2, 8 >> 1, mod(7, 2), power(2, 3), sqrt(4), abs(-1), round(1.567, 2), trunc(1.9), ceil(1.1), floor(1.9), sign(-1), div(7, 2), greatest(1, 2), least(1, 2), random() < 2, gcd(4, 6)
select coalesce(discount, 0), nullif(region, 'x'), case when total > 20 then 'a' else 'b' end, total between 5 and 15, total not between 5 and 15, region in ('north'), region not in ('x'), note is null, note is not null, discount is distinct from 0.1, (total > 1) is true, (region, status) = ('north', 'paid') from orders order by id
select id from orders where (region, status) in (select region, status from orders where id = 1) order by id
select id from orders where total > all (select 5) and exists (select 1) and id in (select 1 union select 2) order by id
with t as (select 1 as x), u as materialized (select 2 as x) select * from t union all select * from u
with recursive n(x) as (select 1 union all select x + 1 from n where x < 5) select * from n
values (1, 'a'), (2, 'b')
table customers
select * from (values (1, 'x'), (2, 'y')) as v(id, label) order by id
select 1 union select 2 except select 3 order by 1
(select id from orders order by id limit 1) union all (select id from customers order by id limit 1)
select count(*) from information_schema.tables where table_name = 'orders'
select column_name, data_type from information_schema.columns where table_name = 'orders' order by ordinal_position
select relname from pg_catalog.pg_class where relname = 'orders'
select tablename from pg_tables where schemaname = 'public' order by 1
select obj_description('orders'::regclass) is null, pg_relation_size('orders') >= 0, pg_size_pretty(1024::bigint), pg_typeof(1), to_regclass('orders') is not null
explain select * from orders
explain (format json) select 1
explain (analyze, buffers, costs off, timing off, summary off) select 1
explain analyze verbose select 1
show server_version
show timezone
select "Mixed"."Col A" from "Mixed"
select id as "Total Count", ID as Mixed_Case from ORDERS order by 1
select ctid is not null, o from orders o order by id
select (c).name from customers c order by 1
select to_tsvector('english', 'a fat cat') @@ to_tsquery('cat'), ts_rank(to_tsvector('a'), to_tsquery('a')) >= 0
select int4range(1, 5) @> 3, daterange('2024-01-01', '2024-02-01') && daterange('2024-01-15', '2024-03-01'), lower(int4range(1, 5)), isempty(int4range(1, 1))
select 1 as a, 'x'::text collate "C" as b
select count(distinct (region, status)), count(distinct region) from orders
select gen_random_uuid() is not null, sha256('a') is not null, encode('a'::bytea, 'base64')
select row(1, 2), (1, 2) < (2, 1), array(select id from orders order by id), array[[1, 2], [3, 4]]
select sum(total) * 100.0 / nullif(sum(sum(total)) over (), 0) as pct, region from orders group by region order by region
select name, (select count(*) from orders where customer_id = c.id) from customers c where c.city is not null order by name;
select 1 -- comment; with; semicolons
select * from orders natural join (select 1 as id) x
select a.id from orders a full outer join customers b using (id) order by 1
select o.id from orders o, customers c where o.customer_id = c.id order by 1
select timestamptz '2024-01-01 00:00:00+00' at time zone 'Europe/Berlin', extract(isodow from date '2024-01-01'), justify_days(interval '35 days'), date_bin('15 minutes', timestamp '2024-01-01 10:07', timestamp '2024-01-01')
select pg_catalog.count(*) from orders
select exists (select from orders where id = 1)
select * from current_database() as d where d is null
