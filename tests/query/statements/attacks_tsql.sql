insert into t values (1)
update t set a = 1
delete from t
delete top (1) from t
truncate table t
merge t using s on t.id = s.id when matched then delete;
select * into t2 from t
select * into #x from t
drop table t
create table x (a int)
create view v as select 1
create procedure p as select 1
alter table t add a int
with x as (select * from t) delete from x
with x as (select * from t) update x set a = 1
exec xp_cmdshell 'dir'
execute xp_cmdshell 'dir'
exec sp_executesql N'drop table t'
exec('drop table t')
xp_cmdshell 'dir'
sp_who
master..xp_cmdshell 'dir'
select 1 exec xp_cmdshell 'dir'
select 1 delete from t
select 1 drop table t
select 1 update t set a = 1
select 1 truncate table t
select a from t delete from t
select a from t where a = 1 delete from t
select 1 shutdown
select 1 waitfor delay '0:0:5'
select 1; waitfor delay '0:0:5'
waitfor delay '0:0:5'
select * from openrowset('SQLNCLI', 'x', 'select 1')
select * from openrowset(bulk 'c:\x', single_clob) x
select * from opendatasource('x', 'y').a.b.c
select * from openquery(l, 'delete from t')
select * from openxml(1, 'x')
select * from sys.dm_os_file_exists('c:\x')
select * from sys.fn_get_audit_file('x', default, default)
select * from fn_xe_file_target_read_file('x', 'x', 'x', 0)
select * from sys.sql_logins
select * from sys.syslogins
select * from master.sys.server_principals
select * from master..sysprocesses
select * from sys.configurations
select * from sys.dm_exec_connections
select * from msdb.dbo.sysjobs
select dbo.my_function(1)
select my_function(1)
select pwdcompare('a', b) from t
select decryptbykey(a) from t
select serverproperty('x')
select session_context(N'x')
select next value for s
bulk insert t from 'c:\x'
backup database x to disk = 'x'
restore database x from disk = 'x'
dbcc checkdb
kill 55
use master
set rowcount 0
set nocount on
declare @a int
declare @a int = 1 select @a
select @a = 1
select @@version
begin tran
commit
rollback
revert
shutdown
grant select on t to x
deny select on t to x
create login x with password = 'y'
if 1 = 1 select 1
if 1 = 1 drop table t
while 1 = 1 select 1
begin select 1 end
print 'x'
raiserror('x', 1, 1)
throw
go
goto x
select * from t with (updlock)
select * from t with (tablockx, holdlock)
select * from t with (xlock)
select * from t option (querytraceon 4199)
reconfigure
checkpoint
select 1; drop table t
select * from srv.db.dbo.t
select * from srv...t
select * from t for browse
