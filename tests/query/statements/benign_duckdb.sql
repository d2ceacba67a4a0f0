select count(*) from orders
select region, sum(total) as revenue from orders group by region order by revenue desc limit 3
from orders select region, count(*) group by all order by all
from customers order by id
table customers
select * exclude (note, tags, payload) from orders order by id
select * replace (total * 1.1 as total) from orders order by id
select * rename (total as amount) from orders order by id limit 2
select columns('tot.*') from orders order by 1
select columns(lambda c: c like '%id') from orders order by 1, 2
select columns(* exclude (note, tags, payload)) from orders order by id
select min(columns(* exclude (tags, payload))) from orders
pivot orders on region using sum(total) group by status order by status
pivot (from orders) on region using sum(total) as s, count(*) as n group by status order by status
select * from orders pivot (sum(total) for region in ('north', 'south') group by status) order by status
unpivot monthly on jan, feb, mar into name month value sales order by all
unpivot monthly on columns(* exclude (product)) into name month value sales order by all
select * from monthly unpivot (sales for month in (jan, feb, mar)) order by all
summarize orders
summarize select total from orders
describe orders
describe select id, total from orders
desc customers
show tables
show all tables
show orders
explain select count(*) from orders
explain analyze select count(*) from orders
explain (format json) select 1
pragma table_info('orders')
select list_transform([1, 2, 3], lambda x: x + 1)
select list_filter([1, 2, 3], lambda x: x > 1)
select list_reduce([1, 2, 3], lambda a, b: a + b)
select [x * 2 for x in [1, 2, 3] if x > 1]
select unnest([1, 2, 3])
select unnest({'a': 1, 'b': 2})
select unnest([{'a': 1}, {'a': 2}], recursive := true)
select id, unnest(tags) as tag from orders order by all
select * from orders qualify row_number() over (partition by region order by total desc) = 1 order by id
select id, total, sum(total) over (order by id rows between 1 preceding and current row) as running from orders order by id
select id, sum(total) over w as s, avg(total) over w as a from orders window w as (partition by region order by id) order by id
select id, lag(total, 1, 0) over (order by id), first_value(total) over (order by id), ntile(2) over (order by id), nth_value(total, 2) over (order by id) from orders order by id
select id, last_value(note ignore nulls) over (order by id) as l from orders order by id
select id, sum(total) over (order by id range between 2 preceding and 1 following exclude current row) from orders order by id
select id, rank() over (order by total desc nulls last), percent_rank() over (order by total), cume_dist() over (order by total) from orders order by id
select arg_max(id, total), arg_min(id, total), max_by(id, total), any_value(region) is not null from orders
select max(total, 2), arg_max(id, total, 2) from orders
select region, string_agg(status, ', ' order by id desc) from orders group by region order by region
select listagg(status, '|' order by id) from orders
select region, list(id order by id) from orders group by region order by region
select array_agg(distinct region order by region) from orders
select count(*) filter (where total > 20) as big, sum(total) filter (where region = 'north') from orders
select count(distinct region), approx_count_distinct(region) > 0 from orders
select median(total), quantile_cont(total, 0.9), quantile_disc(total, [0.1, 0.5]), mode(region) is not null, mad(total) from orders
select percentile_cont(0.5) within group (order by total), percentile_disc(0.9) within group (order by total desc) from orders
select stddev(total), var_pop(total), corr(total, quantity), regr_slope(total, quantity), covar_samp(total, quantity), skewness(total), kurtosis(total), entropy(region) from orders
select histogram(quantity), product(quantity), bit_xor(quantity), bool_and(total > 0), favg(total), sumkahan(total) from orders
select region, status, sum(total) from orders group by grouping sets ((region), (status), ()) order by all
select region, status, sum(total), grouping(region, status), grouping_id(region) from orders group by rollup (region, status) order by all
select region, status, sum(total) from orders group by cube (region, status) order by all
select region, sum(total) from orders group by region having sum(total) > 20 order by region
select * from range(3)
select * from range(1, 10, 3) t(n)
select * from generate_series(1, 3) as g(n)
select * from generate_series(timestamp '2024-01-01', timestamp '2024-01-03', interval 1 day) as g(d)
select d::date as day, count(o.id) from generate_series(date '2024-01-01', date '2024-01-05', interval '1 day') as g(d) left join orders o on o.created_at::date = d group by day order by day
select strftime(created_at, '%Y-%m') as m, sum(total) from orders group by m order by m
select date_trunc('month', created_at) as m, sum(total) from orders group by 1 order by 1
select year(created_at), month(created_at), dayname(created_at), isodow(created_at), quarter(created_at), week(created_at), monthname(created_at), last_day(created_at) from orders order by all
select extract(year from created_at), extract(dow from created_at), date_part('hour', created_at), datepart('month', created_at) from orders order by all
select datediff('day', date '2024-01-01', created_at::date), date_diff('month', timestamp '2023-01-01', created_at), date_sub('day', timestamp '2024-01-01', created_at) from orders order by all
select date_add(date '2024-01-31', interval 1 month), date '2024-01-31' + interval '1 month', date '2024-01-31' - 3, timestamp '2024-01-31 10:00:00' - interval 2 hours
select interval '1 year 2 months', to_days(3), to_months(2), interval (quantity) day from orders order by all
select strptime('2024-03-01', '%Y-%m-%d'), try_strptime('x', '%Y'), make_date(2024, 1, 2), make_timestamp(2024, 1, 2, 3, 4, 5.5), epoch(timestamp '2024-01-01'), epoch_ms(1000), to_timestamp(0) is not null
select age(timestamp '2024-03-01', timestamp '2024-01-01'), time_bucket(interval '7 days', date '2024-01-17'), date '2024-01-01' between date '2023-01-01' and date '2025-01-01'
select timestamp '2024-01-01 00:00:00' at time zone 'UTC' is not null, timezone('UTC', timestamp '2024-01-01') is not null
select current_date is not null, now() is not null, today() is not null, current_timestamp is not null, localtimestamp is not null, get_current_timestamp() is not null
select case when total > 20 then 'big' when total > 10 then 'mid' else 'small' end as size, count(*) from orders group by size order by size
select case region when 'north' then 1 else 0 end from orders order by id
select coalesce(discount, 0), ifnull(discount, 0), nullif(region, 'north'), if(total > 20, 1, 0), greatest(1, 2), least(1, 2) from orders order by id
select total::int, total::decimal(10, 1), cast(total as varchar), try_cast(note as integer), total::double, id::bigint, '5'::tinyint, '1'::hugeint from orders order by id
select cast(1.5 as decimal), cast('a' as varchar(10)), '2024-01-01'::date, '10:00'::time, [1, 2]::varchar[], {'a': 1}::struct(a bigint), map {'a': 1}::map(varchar, bigint)
select lower(region) || ' ' || upper(status), concat(region, '-', id), concat_ws(',', region, status), format('{:.2f}', total), printf('%.1f', total) from orders order by id
select substring('abcdef', 2, 3), substring('abcdef' from 2 for 3), substr('abc', 2), left('abc', 1), right('abc', 1), 'abc'[1], 'abcdef'[2:4], 'abcdef'[-2:]
select trim('  a '), trim(both 'x' from 'xax'), ltrim('xa', 'x'), rtrim('ax', 'x'), trim(leading 'x' from 'xa'), lpad('1', 3, '0'), repeat('ab', 2), reverse('abc'), replace('abc', 'a', 'b')
select position('b' in 'abc'), strpos('abc', 'c'), instr('abc', 'b'), contains('abc', 'b'), starts_with('abc', 'a'), length('abc'), split_part('a,b', ',', 2), string_split('a b', ' ')
select regexp_matches('abc', 'a.c'), regexp_replace('abc', 'b', 'x', 'g'), regexp_extract('a1b2', '\d', 0), regexp_extract_all('a1b2', '\d'), regexp_full_match('abc', 'abc'), 'abc' ~ 'b', 'abc' !~ 'b'
select * from customers where name like 'A%' or name ilike '%B%' or name not like '%z' or name similar to '(A|B).*' or name glob 'A*' order by id
select 'a%' like 'a\%' escape '\', 'x' in ('x', 'y'), 'x' not in ('y'), 2 between 1 and 3, 2 not between 1 and 3, null is null, 1 is not null, 1 is distinct from null, 1 is not distinct from 1
select 7 // 2, 7 / 2, 7 % 2, mod(7, 2), 2 ** 3, 2 ^ 3, pow(2, 3), -7 // 2, abs(-1), @ -1, 5 & 3, 5 | 2, 1 << 3, 8 >> 1, ~1, xor(1, 3)
select round(avg(total), 2), floor(1.5), ceil(1.2), trunc(1.7), sign(-2), sqrt(4), cbrt(8), ln(1), log10(100), log2(8), exp(0), pi() > 3, sin(0), degrees(0), random() < 2, hash('a') is not null from orders
select 1e3, .5, 1_000, -1.5e-2, 1.0, 'it''s', e'a\nb', $$dollar; quoted$$
select true and false or not true, true is true, (1 = 1) is not false, null::boolean
select {'a': 1, 'b': 'x'} as s, struct_pack(a := 1), row(1, 2), ({'a': 1}).a, struct_extract({'a': 1}, 'a'), {'a': {'b': 2}}.a.b, {'a': 1}['a']
select [1, 2, 3][1], [1, 2, 3][-1], [1, 2, 3][1:2], [1, 2, 3][:2], [1, 2, 3][2:], list_contains([1], 1), len([1, 2]), list_sort([2, 1]), list_sort([2, 1], 'desc'), list_distinct([1, 1]), array_length([1, 2]), [1] || [2], list_sum([1, 2]), flatten([[1], [2]]), list_aggregate([1, 2], 'max')
select map {'a': 1}, map {'a': 1}['a'], map(['k'], [1]), map_keys(map {'a': 1}), element_at(map {'a': 1}, 'a'), cardinality(map {'a': 1}), map_from_entries([('a', 1)])
select payload->'k', payload->>'k', payload->>'$.k', payload->'$.list[0]', json_extract(payload, '$.k'), json_extract_string(payload, '$.k'), json_array_length(payload, '$.list'), json_type(payload) from orders order by id
select json_object('a', 1), json_array(1, 2), to_json({'a': 1}), '{"a": 1}'::json->>'a', json_valid('{}'), json_group_array(id) from orders group by region order by all
select * from orders, json_each(payload) as j order by orders.id, j.key limit 3
select o.id, c.name from orders o join customers c on o.customer_id = c.id order by o.id
select o.id, c.name from orders o left join customers c on (o.customer_id = c.id and c.city <> 'x') order by o.id
select c.name, o.id from orders o right join customers c on o.customer_id = c.id order by all
select c.name, o.id from orders o full outer join customers c on o.customer_id = c.id order by all
select count(*) from orders cross join customers
select count(*) from orders, customers where orders.customer_id = customers.id
select * from customers semi join orders on orders.customer_id = customers.id order by id
select * from customers anti join orders on orders.customer_id = customers.id order by id
select p.sym, p.price, q.price as q from prices p asof join prices q on p.sym = q.sym and p.ts >= q.ts order by all
select p.sym, q.price as q from prices p asof left join prices q using (sym, ts) order by all
select * from customers positional join monthly
select a.id from customers a join customers b using (id) order by 1
select sym from prices natural join (select 'a' as sym) order by all
select c.name, x.n from customers c, lateral (select count(*) as n from orders o where o.customer_id = c.id) x order by c.name
select c.name, x.n from customers c left join lateral (select count(*) as n from orders o where o.customer_id = c.id) x on true order by c.name
select name, (select count(*) from orders o where o.customer_id = c.id) as n from customers c order by name
select * from customers where exists (select 1 from orders where orders.customer_id = customers.id) order by id
select * from customers where id in (select customer_id from orders) and id not in (select 99) order by id
select id from orders where total > all (select 5) and total = any (select total from orders) and id = any([1, 2, 3]) order by id
select id from orders where (region, status) in (('north', 'paid'), ('south', 'open')) order by id
select id from orders where (id, total) = (1, 10.0)
with t as (select 1 as x) select * from t
with t(a, b) as (values (1, 'x'), (2, 'y')) select * from t order by a
with t as materialized (select 1 x), u as not materialized (select 2 x) from t union all from u
with recursive n(x) as (select 1 union all select x + 1 from n where x < 5) select * from n
with a as (select * from orders), b as (select region, sum(total) as s from a group by region) select a.id, b.s from a join b using (region) order by a.id
select * from (values (1, 'x'), (2, 'y')) as v(id, label) order by id
values (1, 2), (3, 4)
select 1 union select 2 order by 1
select 1 as a union all by name select 2 as b
select 1 except select 2 intersect select 3 order by 1
(select id from orders order by id limit 1) union all (select id from customers order by id desc limit 1) order by id
select id from orders intersect select id from customers order by id
select distinct region from orders order by region
select distinct on (region) region, id from orders order by region, id
select * from orders order by total desc nulls first, id limit 2 offset 1
select id from orders order by id fetch first 2 rows only
select count(*) from (select * from orders limit 50%)
select count(*) >= 0 from orders using sample 50%
select count(*) from orders using sample 3 rows
select count(*) from orders tablesample reservoir(2)
select count(*) >= 0 from orders tablesample bernoulli(50%)
select 1 as x, x + 1 as y, y * 2 as z
select total: sum(total), n: count(*) from orders
select o.* from orders as o where o.region = 'north' order by o.id
select "id", "Region" from "orders" order by "ID"
select Id, REGION from Orders order by iD
select "delete", "drop" from words order by 1
select "delete" as "update" from words order by 1
select 'DELETE FROM x; DROP TABLE y' as s -- trailing; comment
/* leading; comment */ select 1 /* inner */ as a
select ';' as semi;
select 1; -- x
select * from main.orders order by id limit 1
select region.upper(), note.string_split(','), [3, 1].list_sort() from orders order by id
select * from orders where created_at >= date '2024-01-01' and created_at < date '2025-01-01' order by id
select * from orders where created_at >= (select max(created_at) from orders) - interval 30 day order by id
select region, sum(total) / sum(sum(total)) over () as share from orders group by region order by region
select region, total, total - avg(total) over (partition by region) as diff from orders order by id
select * from duckdb_tables() where false
select column_name, data_type from information_schema.columns where table_name = 'orders' order by ordinal_position
select table_name from information_schema.tables order by 1
select name from sqlite_master order by 1
select count(*) from pg_catalog.pg_class where relname = 'orders'
select typeof(1), hash(1) = hash(1), md5('a'), sha256('a'), encode('a'), base64('a'::blob), uuid() is not null, bar(1, 0, 10), hex('a'), bit_count(5)
select width from (select 1 as width, 2 as key, 3 as value, 4 as date, 5 as type, 6 as name, 7 as year, 8 as month)
select year, count(*) from (select year(created_at) as year from orders) group by year order by year
select id from orders where note = 'it''s; drop table x' or note is null order by id
select id, row_number() over () is not null from orders order by id
select max(id) as "max id", count(*) as "n, total" from orders
select rowid, id from orders order by rowid
select try(1 / 0), try_cast('a' as int), error('x') is null where false
select a.x from (select 1 as x) as a where a.x = 1
select * from (from orders select id, total) where total > 15 order by id
from (from orders select id limit 5) order by id
from orders o join customers c on o.customer_id = c.id select c.name, o.total where o.total > 15 order by o.id
select e.a from (select unnest([{'a': 1}, {'a': 2}]) as e) order by 1
select list_zip([1], [2]), list_cosine_similarity([1.0, 2.0], [1.0, 2.0]), array_value(1, 2), list_slice([1, 2, 3], 1, 2), generate_series(1, 3), range(3)
select region collate nocase from orders order by region collate nocase, id
select sum(distinct quantity), avg(distinct total) from orders
select date_trunc('week', date '2024-05-15'), date_trunc('quarter', timestamp '2024-05-15 10:00:00'), dayofyear(date '2024-05-15'), weekofyear(date '2024-05-15'), yearweek(date '2024-05-15'), century(date '2024-05-15')
select count(*) from orders o1 join orders o2 on o1.id < o2.id
select grouping(region) as g, coalesce(region, 'all') as r, sum(total) from orders group by cube (region) order by all
select quantile_cont(total, [0.25, 0.5, 0.75]) from orders
select sum(case when status = 'paid' then total else 0 end) * 100.0 / nullif(sum(total), 0) as pct from orders
select isnan('nan'::double), isfinite(1.0), 'inf'::double > 1
select enum_range(null::mood), 'happy'::mood
select struct_pack(a := 1, b := [1, 2]), struct_insert({'a': 1}, b := 2)
select array [1, 2], list_value(1, 2), (1, 2)
select * like '%' from customers where false
select t from (select 1 as a) t
select 5 as "limit", 6 as "offset", 7 as "order"
