select count(*) from orders
select region, sum(total) as revenue from orders group by region order by revenue desc limit 3
select * from orders where id = 2;
select Region, MAX(Total) from ORDERS group by REGION order by 1
select max( total ), count(distinct region), sum(total)/count(*) from orders
select max(total) from (select max(total) as total from orders)
select "max(total)" from (select max(total) from orders)
select * from orders where region = "north" order by id
select id from orders where "region" = 'north' order by "id"
select [id], `region` from [orders] order by [id]
select rowid, oid, _rowid_, id from orders order by rowid
select strftime('%Y', created_at) y, sum(total) from orders group by y
select strftime('%Y-%m', created_at, 'start of month', '+1 month') from orders order by id
select date(created_at), time(created_at), datetime(created_at, '-1 day'), julianday(created_at) - julianday('2024-01-01'), unixepoch(created_at) from orders order by id
select date('2024-01-31', '+1 month'), datetime('2024-01-01 10:00', 'localtime') is not null, date('now') is not null, strftime('%s', '2024-01-01')
select current_date is not null, current_time is not null, current_timestamp is not null
select group_concat(name) from customers
select group_concat(name, '; ') from customers
select group_concat(distinct region) from orders
select iif(total > 10, 'a', 'b'), ifnull(discount, 0), coalesce(discount, note, 0), nullif(region, 'x') from orders order by id
select case when total > 20 then 'big' else 'small' end as size, count(*) from orders group by 1 order by 1
select case region when 'north' then 1 when 'south' then 2 end from orders order by id
select printf('%.2f', total), format('%05d', id), substr(region, 1, 2), substring(region, 2), upper(region) || '-' || lower(status), length(region), instr(region, 'o') from orders order by id
select replace('a', 'a', 'b'), trim(' a '), ltrim('xa', 'x'), rtrim('ax', 'x'), hex('a'), quote('it''s'), unicode('a'), char(65, 66), typeof(1.5), soundex('abc'), likely(1), x'4142'
select abs(-1), round(2.567, 1), round(2.5), max(1, 2), min(1, 2), 7 / 2, 7 % 2, 7.0 / 2, 1 << 2, 5 & 3, 5 | 2, ~1, - -1, +1, sign(-2), ceil(1.2), floor(1.8), power(2, 3), sqrt(4), mod(7, 2), ln(1), pi() > 3
select cast('5' as integer), cast(5 as text), cast('1.5' as real), cast('7' as numeric), cast(total as int), cast('a' as blob), cast('3.7' as decimal(10, 2)), cast('2024-01-01' as date), cast(1 as varchar(10)), cast(7 as float), cast(1 as boolean) from orders order by id
select 'x' like 'X', 'x' not like 'y%', 'abc' glob 'a*', 'a%b' like 'a\%b' escape '\'
select 1 is 1, 1 is not 2, null is null, 1 isnull, 1 notnull, not 1, 1 = 1, 1 == 1, 1 <> 2, 1 != 2, 1 between 0 and 2, 3 not between 0 and 2, 1 in (1, 2), 1 not in (2)
select total is null, note is not null, note is 'x', note is not 'x', discount is not distinct from null from orders order by id
select * from json_each('[1,2]')
select j.key, j.value from orders, json_each(orders.payload) as j order by orders.id, j.key
select key, value from orders, json_tree(payload, '$.list') where orders.id = 1 order by key
select json_extract(payload, '$.k'), payload -> 'k', payload ->> 'k', payload -> '$.list[0]', payload ->> '$.list', json_type(payload, '$.k'), json_array_length(payload, '$.list') from orders order by id
select json_object('a', 1), json_array(1, 'x'), json_group_array(id), json_group_object(region, id), json_valid('{}'), json_set('{}', '$.a', 1), json('[1, 2]') from orders
select payload ->> 'a.b', payload ->> '$."a.b"', payload -> 0, payload ->> '0' from orders order by id
select o.id, c.name from orders o join customers c on o.customer_id = c.id order by o.id
select o.id, c.name from orders o left join customers c on o.customer_id = c.id order by o.id
select o.id, c.name from orders as o left outer join customers as c using (id) order by o.id
select count(*) from orders, customers
select count(*) from orders o, customers c where o.customer_id = c.id
select count(*) from orders cross join customers
select count(*) from orders inner join customers on orders.customer_id = customers.id
select a.name from customers a, customers b left join orders o on o.customer_id = b.id where a.id = b.id order by a.name, o.id
select count(*) from customers natural join orders
select name, (select count(*) from orders o where o.customer_id = c.id) as n from customers c order by name
select * from customers where exists (select 1 from orders where orders.customer_id = customers.id) order by id
select * from customers where id in (select customer_id from orders) order by id
select id from orders where (region, status) = ('north', 'paid') order by id
select id from orders where (region, status) in (values ('north', 'paid')) order by id
with t as (select 1 as x) select * from t
with t(a, b) as (values (1, 'x'), (2, 'y')) select * from t order by a
with recursive n(x) as (select 1 union all select x + 1 from n where x < 5) select * from n
with n(x) as (select 1 union all select x + 1 from n where x < 3) select sum(x) from n
with recursive d(day) as (select date('2024-01-01') union all select date(day, '+1 day') from d where day < '2024-01-05') select d.day, count(o.id) from d left join orders o on date(o.created_at) = d.day group by d.day order by 1
values (1, 2), (3, 4)
select 1 union select 2 order by 1
select 1 as a union all select 2 order by a
select id from orders intersect select id from customers order by 1
select id from orders except select id from customers order by 1
select distinct region from orders order by region
select id, row_number() over (partition by region order by total desc) as rn from orders order by id
select id, sum(total) over (order by id rows between 1 preceding and current row), lag(total) over (order by id), avg(total) over w from orders window w as (partition by region) order by id
select region, sum(total) filter (where status = 'paid') from orders group by region order by region
select region, count(*) from orders group by region having count(*) > 1
select * from orders order by total desc nulls last limit 2 offset 1
select * from orders order by total limit 1, 2
select * from orders order by region collate nocase, id desc
select name collate nocase = 'ADA' from customers order by id
select 'a' as 'label', 1 as "one two", 2 as [three]
select distinct(region) from orders order by 1
select count(*) n, avg(total) average from orders
select "delete", "drop" from words order by 1
select [update] from words order by 1
select ';' as semi -- trailing; comment
/* lead; ing */ select 1 /* in */ as a
select 'DELETE FROM x; DROP TABLE y' as s
select name from sqlite_master where type = 'table' order by name
select name from sqlite_schema order by name
select name, type from pragma_table_info('orders') order by cid
pragma table_info(orders)
pragma table_info('orders')
pragma foreign_key_list(orders)
pragma index_list("orders")
explain query plan select * from orders where id = 1
explain select count(*) from orders
select o.region, 100.0 * sum(o.total) / (select sum(total) from orders) as share from orders o group by o.region order by share desc
select strftime('%w', created_at) as dow, count(*) from orders group by dow order by dow
select substr(created_at, 1, 7) as month, sum(total) from orders where created_at >= '2024-01-01' and created_at < '2024-12-31' group by month having sum(total) > 1 order by month
select total_changes() >= 0, sqlite_version() is not null, random() is not null, last_insert_rowid() is not null
select true, false, 1 = true, null, 0x1F, 1e3, .5
select * from (select id, total from orders) where total > 10 order by id
select t.* from orders t where t.id between 1 and 2 order by t.id
select sum(quantity * total) as "sum of products" from orders
select avg(total) from orders where region in ('north', 'south') and status like 'p%'
select id from orders not indexed order by 1
select id from orders where status is not distinct from 'paid' order by +id
