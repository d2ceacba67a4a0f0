insert into t values (1)
insert into t select * from u returning *
update t set a = 1
delete from t
truncate t
merge into t using s on t.id = s.id when matched then delete
with d as (delete from t returning *) select * from d
with i as (insert into t values (1) returning *) select * from i
with u as (update t set a = 1 returning *) table u
with a as materialized (delete from t returning 1) select 1
select * from (with d as (delete from t returning *) select * from d) x
select * into t2 from t
select 1 as a into temp t2
create table x as select 1
create table x (a int)
create temp table x (a int)
create view v as select 1
create materialized view v as select 1
create function f() returns int as 'select 1' language sql
create extension dblink
create role x superuser
alter role x superuser
alter table t add column a int
alter system set x = 1
drop table t
drop owned by x
comment on table t is 'x'
grant all on t to public
revoke all on t from public
reindex table t
cluster t
vacuum full t
analyze t
refresh materialized view v
copy t to '/tmp/x'
copy t from program 'id'
copy (select 1) to stdout
do $$ begin delete from t; end $$
call p()
execute p
prepare p as delete from t
declare c cursor for select 1
fetch all from c
listen x
notify x
lock table t
set role postgres
set search_path = evil
set session authorization x
reset all
discard all
begin
commit
rollback
savepoint x
show all
show data_directory
show hba_file
load 'x'
import foreign schema x from server y into z
security label on table t is 'x'
select * from t for update
select * from t for no key update
select * from t for share
select * from t for update of t nowait
select * from t for update skip locked
select pg_read_file('/etc/passwd')
select pg_catalog.pg_read_file('/etc/passwd')
select "pg_read_file"('/etc/passwd')
select pg_read_binary_file('/etc/passwd')
select pg_ls_dir('/')
select * from pg_ls_dir('/')
select pg_stat_file('x')
select lo_import('/etc/passwd')
select lo_export(1, '/tmp/x')
select lo_get(1)
select lo_from_bytea(0, 'x')
select loread(1, 1)
select pg_sleep(100)
select pg_sleep_for('1 hour')
select pg_terminate_backend(1)
select pg_cancel_backend(1)
select pg_reload_conf()
select pg_rotate_logfile()
select pg_switch_wal()
select pg_create_restore_point('x')
select pg_notify('x', 'y')
select pg_advisory_lock(1)
select pg_try_advisory_lock(1)
select pg_promote()
select pg_export_snapshot()
select pg_logical_emit_message(true, 'a', 'b')
select pg_drop_replication_slot('x')
select nextval('s')
select setval('s', 1)
select currval('s')
select lastval()
select set_config('x.y', 'z', false)
select current_setting('data_directory')
select setseed(0.5)
select query_to_xml('delete from t', true, true, '')
select table_to_xml('t', true, true, '')
select database_to_xml(true, true, '')
select cursor_to_xml('c', 1, true, true, '')
select schema_to_xml('public', true, true, '')
select ts_stat('select 1')
select * from ts_stat('select 1')
select dblink('x', 'y')
select * from dblink('x', 'y') as t(a int)
select dblink_exec('x', 'y')
select * from crosstab('select 1') as t(a int)
select pg_stat_reset()
select txid_current()
select pg_current_xact_id()
select pg_relation_filepath('t')
select pg_stat_get_activity(null)
select inet_server_addr()
select * from pg_shadow
select * from pg_catalog.pg_authid
select * from pg_hba_file_rules
select * from pg_settings
select * from pg_stat_activity
select * from pg_user_mapping
select * from pg_largeobject
select * from pg_statistic
select * from pg_stats
select * from pg_file_settings
select * from pg_stat_ssl
select * from information_schema.user_mapping_options
select public.my_function(1)
select evil.sum(1)
select my_function(1)
select * from my_table_function(1)
select * from public.my_table_function(1)
select U&"pg\005fread_file"('/etc/passwd')
select 1; drop table t
select $$a$$; drop table t
select $x$;$x$; drop table t
select e'\''; drop table t --'
select 1 /* /* x */ */; drop table t
explain analyze delete from t
explain (analyze) insert into t values (1)
explain (analyze, format json) with d as (delete from t returning 1) select 1
explain analyze create table x as select 1
explain execute p
explain (analyze) select pg_sleep(10)
explain (nonsense) select 1
create trigger x after insert on t execute function f()
create rule r as on select to t do instead delete from u
select t.*, pg_read_file('x') from t
select * from t where pg_read_file('x') is not null
select case when pg_sleep(10) is null then 1 end
select * from t order by pg_sleep(1)
select array(select pg_read_file('x'))
select * from rows from (pg_ls_dir('/')) as x
select * from lateral pg_ls_dir('/') as x
select xmlparse(document query_to_xml('x', true, true, ''))
values (pg_read_file('x'))
select coalesce(null, pg_sleep(1))
select (pg_stat_file('x')).size
select 1 from t limit pg_sleep(1)
table pg_authid
select 1 operator(evil.+) 2
select * from pg_read_file('x') with ordinality
select evil.lower('x')
