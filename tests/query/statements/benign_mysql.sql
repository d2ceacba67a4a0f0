select count(*) from orders
select region, sum(total) as revenue from orders group by region order by revenue desc limit 10
select year(created_at), month(created_at), date_format(created_at, '%Y-%m'), dayname(created_at), quarter(created_at), week(created_at) from orders
select date_add(created_at, interval 1 month), date_sub(created_at, interval 7 day), created_at + interval 1 day, datediff(now(), created_at), timestampdiff(month, created_at, now()) from orders
select str_to_date('2024-01-01', '%Y-%m-%d'), last_day('2024-02-01'), curdate(), now(), unix_timestamp(), from_unixtime(0), date(created_at), extract(year from created_at), adddate('2024-01-01', 3) from orders
select group_concat(name separator ', ') from customers
select group_concat(distinct name order by name desc separator '|') from customers
select ifnull(discount, 0), if(total > 10, 'a', 'b'), coalesce(note, ''), nullif(region, 'x'), case when total > 1 then 1 else 0 end from orders
select concat(region, '-', status), concat_ws(',', 'a', 'b'), substring_index('a,b', ',', 1), lower('A'), upper('a'), length('a'), char_length('ä'), lpad('1', 3, '0'), replace('a', 'a', 'b'), trim('  a '), trim(both 'x' from 'xax'), left('abc', 1), right('abc', 1), substring('abc', 2, 1), mid('abc', 1, 1), locate('b', 'abc'), instr('abc', 'b'), find_in_set('a', 'a,b'), insert('abc', 1, 1, 'x'), repeat('a', 2), reverse('ab'), format(1234.5, 2), hex('a'), md5('a'), strcmp('a', 'b')
select cast(total as signed), cast(total as decimal(10, 2)), cast('2024-01-01' as date), cast(1 as char), convert('5', signed), convert('a' using utf8mb4), cast('1' as unsigned), binary 'a' from orders
select 7 div 2, 7 mod 2, 7 % 2, 7 / 2, 2 ^ 3, 5 & 3, 5 | 2, ~1, 1 << 2, not 1, !1, 1 xor 1, 1 <=> null, 1 && 1, 1 || 0
select round(avg(total), 2), truncate(1.999, 1), rand(), power(2, 3), sqrt(4), mod(7, 2), greatest(1, 2), least(1, 2), abs(-1), ceil(1.2), floor(1.8), sign(-1) from orders
select * from orders where note = 'it\'s; drop table x'
select * from orders where note = "double ; quoted"
select * from orders # comment; delete from t
select * from orders -- comment
select `order`.`id` from `order`
select * from orders limit 5, 10
select * from orders limit 10 offset 5
select distinct region from orders
select sql_no_cache count(*) from orders
select straight_join a.id from a join b on a.id = b.id
select * from orders use index (ix_total) where total > 5
select * from orders force index (ix_total)
select /*+ MAX_EXECUTION_TIME(1000) */ count(*) from orders
select id, row_number() over (partition by region order by total desc) rn, lag(total) over w from orders window w as (order by id)
with recursive n as (select 1 as x union all select x + 1 from n where x < 5) select * from n
with c as (select 1 a) select * from c
select region, sum(total) from orders group by region with rollup
select json_extract(payload, '$.k'), payload -> '$.k', payload ->> '$.k', json_unquote(json_extract(payload, '$.k')), json_object('a', 1), json_arrayagg(id), json_length(payload) from orders
select * from orders o join customers c using (id) left join returns r on r.order_id = o.id where c.name like '%a%' and c.name regexp '^A' and c.name not rlike 'x'
select exists(select 1 from orders), (select max(total) from orders) as m
select * from orders where created_at between '2024-01-01' and '2024-12-31' and region in ('a', 'b')
select * from orders where match(note) against ('word' in boolean mode)
select table_name from information_schema.tables where table_schema = database()
select std(total), stddev_pop(total), var_samp(total), bit_or(id), any_value(region), count(distinct region, status) from orders
select * from sales.orders
select 1 union all select 2
(select 1) union (select 2) order by 1
select 1 # x
show tables
show full tables
show databases
show columns from orders
show full columns from orders
show create table orders
show index from orders
show tables like 'ord%'
describe orders
desc orders
explain select * from orders
explain format=json select * from orders
select user(), database(), version(), connection_id()
select :since, total from orders where created_at > :since
select x'41', 0x41, b'01', 1e3, .5, true, null
select _utf8mb4 'a' collate utf8mb4_bin
select interval(5, 1, 10), elt(1, 'a'), field('a', 'b', 'a'), bit_count(5), conv('a', 16, 2), crc32('a'), inet_aton('1.2.3.4'), uuid()
select timestamp('2024-01-01'), makedate(2024, 1), maketime(1, 2, 3), sec_to_time(60), time_to_sec('00:01:00'), period_diff(202402, 202401), to_days('2024-01-01'), weekday('2024-01-01'), dayofweek('2024-01-01'), yearweek('2024-01-01'), convert_tz('2024-01-01', 'UTC', 'Europe/Berlin'), utc_timestamp(), sysdate(), localtime()
select * from json_table('[1]', '$[*]' columns (a int path '$')) t
