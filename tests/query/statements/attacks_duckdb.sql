insert into orders values (1)
INSERT INTO orders SELECT * FROM customers
insert or ignore into orders values (1)
update orders set total = 0
delete from orders where id = 1
delete from orders using customers where orders.id = customers.id
truncate orders
merge into orders using customers on orders.id = customers.id when matched then delete
create table x (a int)
create or replace table orders as select 1
create temp table x as select 1
create view v as select 1
create or replace view orders as select 1
create macro f(x) as x + 1
create macro sum(x) as 0
create function f(x) as table select 1
create schema s
create sequence s
create type t as enum ('a')
create unique index i on orders (id)
drop table if exists orders
drop view v
drop schema main cascade
alter table orders add column x int
alter table orders drop column id
comment on table orders is 'x'
copy orders to '/tmp/x.csv'
copy (select * from orders) to 'x.parquet' (format parquet)
copy orders from '/etc/passwd'
export database '/tmp/x'
import database '/tmp/x'
attach '/tmp/other.db' as other
attach 'https://evil.example/x.db'
detach memory
install httpfs
load httpfs
force install httpfs
set memory_limit = '100GB'
set global threads = 100
set variable x = 1
reset memory_limit
pragma memory_limit = '1GB'
pragma enable_profiling
pragma profiling_output = '/tmp/x'
pragma database_list
pragma import_database('/tmp/x')
pragma table_info('/etc/passwd')
pragma table_info('x.parquet')
call pragma_version()
call enable_logging()
use other
begin
begin transaction
commit
rollback
checkpoint
force checkpoint
vacuum
vacuum analyze
analyze
prepare p as select 1
execute p
deallocate p
with d as (delete from orders returning *) select * from d
with i as (insert into orders values (1) returning *) select * from i
with u as (update orders set total = 0 returning *) select * from u
with a as (select 1), b as (with c as (delete from orders returning *) select * from c) select * from b
select * from (delete from orders returning *)
with x as (copy orders to '/tmp/x') select 1
select * from read_csv('/etc/passwd')
select * from read_csv_auto('/etc/passwd')
select * from read_text('/etc/passwd')
select * from read_blob('/etc/passwd')
select * from read_json('/x.json')
select * from read_json_auto('/x.json')
select * from read_ndjson('/x.json')
select * from read_parquet('x.parquet')
select * from parquet_scan('x.parquet')
select * from parquet_schema('x.parquet')
select * from parquet_metadata('x.parquet')
select * from glob('/etc/*')
select * from sniff_csv('/etc/passwd')
select * from '/etc/passwd'
select * from 'data.csv'
select * from "data.csv"
select * from "data.parquet"
from 'x.json'
from 'x.csv.gz'
from 's3://bucket/x'
from 'https://evil.example/data'
from "C:\data\x"
from '*.csv'
from '../x'
from data.parquet
from '/dev/stdin'
select * from orders join 'x.csv' using (id)
select (select content from read_text('/etc/passwd'))
select * from orders where id in (from 'ids.csv')
with t as (from read_csv('x')) from t
summarize 'x.csv'
describe 'x.csv'
describe read_csv('x.csv')
summarize from 'x.csv'
show 'x.csv'
explain from 'x.csv'
explain analyze delete from orders
explain delete from orders
explain analyze with d as (delete from orders returning *) select * from d
explain copy orders to 'x'
pivot 'x.csv' on a using sum(b)
unpivot 'x.csv' on a into name n value v
pivot (delete from orders returning *) on region using sum(total)
select * from query('delete from orders')
select * from query_table('orders')
select * from json_execute_serialized_sql('{}')
select json_serialize_sql('select 1')
select * from sqlite_scan('x.db', 't')
select * from postgres_scan('x', 'y', 'z')
select * from mysql_query('x', 'drop table y')
select * from duckdb_secrets()
select * from duckdb_settings()
select * from duckdb_logs()
select * from duckdb_extensions()
select * from duckdb_databases()
select * from duckdb_temporary_files()
select * from which_secret('s3://x', 's3')
select * from pg_settings
select current_setting('secret_directory')
select getenv('HOME')
select getvariable('x')
select nextval('s')
select setseed(0.5)
select write_log('x')
select sleep_ms(100000)
select pg_sleep(100)
select main.read_text('/etc/passwd')
select system.main.read_text('/etc/passwd')
select * from system.main.read_text('/etc/passwd')
select "read_text"('/etc/passwd')
select * from "read_text"('/etc/passwd')
select READ_TEXT('/etc/passwd')
select 'x'.read_text()
select '/etc/passwd'.read_text().content
select unknown_function(1)
select * from unknown_table_function(1)
select 1; select 2
select 1; drop table orders
select 1;;select 2
select ';'; drop table orders
select $$a$$; drop table orders
drop table orders --
/* x */ drop table orders
-- select
	drop	table	orders
DrOp TaBlE orders
select 1 delete from orders
select 1 drop table orders
select * from orders for update
select * from orders for share
select * into x from orders
create secret s (type s3)
grant all on orders to public
show all
load 'x.duckdb_extension'
select * from pandas_scan(1)
select * from arrow_scan(1, 2, 3)
select * from python_map_function()
select * from test_vector_types(null::int)
select * from read_duckdb('x.db')
select * from enable_profiling()
select * from checkpoint()
select * from register_external_resource('x')
from orders select * insert into x
select
from
selec 1
select (((
'
"
/*
$$
select * from orders order by (select 1 from 'x.csv')
select * from lateral read_csv('x')
select columns(read_text('x')) from orders
select * from query_table(['orders'])
select * from orders at (version => 1)
