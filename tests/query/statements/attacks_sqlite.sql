insert into t values (1)
insert or replace into t values (1)
replace into t values (1)
update t set a = 1
update or ignore t set a = 1
delete from t
delete from t returning *
with x as (select 1) delete from t
with x as (select 1) insert into t select * from x
with x as (select 1) update t set a = 1
create table x (a)
create table x as select 1
create temp table x (a)
create view v as select 1
create index i on t (a)
create trigger tr after insert on t begin delete from t; end
create virtual table v using fts5(x)
create virtual table v using csv(filename='/etc/passwd')
drop table t
alter table t rename to u
alter table t add column a
attach '/tmp/x.db' as x
attach database ':memory:' as m
detach x
vacuum
vacuum into '/tmp/x'
reindex
analyze
begin
begin immediate
commit
rollback
savepoint x
release x
pragma writable_schema = on
pragma writable_schema(1)
pragma journal_mode = delete
pragma journal_mode
pragma query_only = off
pragma user_version = 1
pragma user_version
pragma key = 'x'
pragma database_list
pragma table_info = x
pragma table_info(x); drop table t
pragma table_info(x, y)
pragma optimize
pragma wal_checkpoint
pragma integrity_check
select * from pragma_database_list
select * from pragma_writable_schema
select * from pragma_journal_mode('delete')
select load_extension('x')
select load_extension('x', 'y')
select readfile('/etc/passwd')
select writefile('/tmp/x', 'y')
select edit('x')
select fts3_tokenizer('x')
select randomblob(1000000000)
select zeroblob(1000000000)
select eval('delete from t')
select sqlite_log(1, 'x')
select my_udf(1)
select * from csv('/etc/passwd')
select * from fsdir('/')
select * from zipfile('x')
select * from dbstat
select * from sqlite_stmt
select * from sqlite_stmt()
select * from sqlite_dbpage
select 1; drop table t
select [a]; drop table t
select `a`; drop table t
select 'a'; drop table t
select 1; pragma writable_schema = on
explain delete from t
explain query plan delete from t
explain insert into t values (1)
explain pragma writable_schema = on
select * from (delete from t returning *)
select * from t for update
select * into x from t
end
