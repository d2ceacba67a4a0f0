select count(*) from orders
select top 10 * from orders order by total desc
select top (5) with ties region, total from orders order by total desc
select top 10 percent * from orders order by id
select [order id], "total" from [sales].[orders]
select * from sales.dbo.orders
select year(created_at) y, sum(total) from orders group by year(created_at)
select * from orders order by id offset 10 rows fetch next 5 rows only
select * from orders cross apply (select max(x) m from r where r.id = orders.id) q
select * from orders outer apply (select top 1 x from r where r.id = orders.id order by x) q
select datediff(day, a, b), dateadd(month, 1, a), datepart(year, a), datename(weekday, a), eomonth(a), getdate(), sysdatetime(), datefromparts(2024, 1, 1), day(a), month(a) from t
select convert(varchar(10), created_at, 120), cast(total as decimal(10, 2)), try_cast(note as int), try_convert(date, note), convert(date, created_at) from orders
select isnull(discount, 0), iif(total > 10, 'a', 'b'), coalesce(note, ''), nullif(region, 'x'), choose(1, 'a', 'b'), case when total > 1 then 1 else 0 end from orders
select len(name), left(name, 1), right(name, 1), substring(name, 1, 2), charindex('a', name), patindex('%a%', name), replace(name, 'a', 'b'), upper(name), ltrim(rtrim(name)), stuff(name, 1, 1, 'x'), concat(name, '-', city), format(1234.5, 'N2'), string_agg(name, ', ') from customers group by name, city
select string_agg(name, ', ') within group (order by name) from customers
select name + ' ' + city as label, label2 = upper(city) from customers
select * from (select region, total from orders) s pivot (sum(total) for region in ([EU], [US])) p
select id, row_number() over (partition by region order by total desc) rn, lag(total, 1) over (order by id), sum(total) over (order by id rows between unbounded preceding and current row) from orders
select percentile_cont(0.5) within group (order by total) over (partition by region) from orders
with r as (select 1 as n union all select n + 1 from r where n < 10) select * from r option (maxrecursion 100)
with c as (select * from orders) select * from c
select * from orders with (nolock) where total > 5
select distinct region from orders
select region, sum(total) from orders group by rollup (region)
select region, sum(total) from orders group by grouping sets ((region), ())
select stdev(total), var(total), count_big(*), checksum_agg(id), avg(cast(total as float)) from orders
select * from string_split('a,b', ',')
select * from openjson('[1,2]')
select json_value(payload, '$.k'), json_query(payload, '$.list'), isjson(payload) from orders
select N'unicode', 'it''s; drop table x', 0x41
select * from orders where name like '%a[bc]%' and region in ('a', 'b') and created_at >= '2024-01-01'
select * from orders o inner join customers c on c.id = o.customer_id left outer join returns r on r.order_id = o.id full join x on x.id = o.id
select 1 union all select 2 except select 3
select table_name from information_schema.tables
select name from sys.tables
select name from sys.columns where object_id = object_id('orders')
select round(1.567, 2), floor(1.5), ceiling(1.2), abs(-1), power(2, 3), sqrt(4), rand(), sign(-1), square(2), log(2), log10(10), exp(1), pi()
select :since as since, total from orders where created_at > :since
select * from orders where exists (select 1 from returns where returns.order_id = orders.id)
select newid(), db_name(), suser_sname(), current_timestamp
select * from (values (1, 'a'), (2, 'b')) as v(id, label)
select greatest(1, 2), least(1, 2), datetrunc(month, created_at), generate_series.value from orders, generate_series(1, 3)
select * from t for json path
select * from openjson('[]') with (a int '$.a') x
