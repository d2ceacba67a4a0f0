insert into t values (1)
insert ignore into t values (1)
replace into t values (1)
update t set a = 1
delete from t
truncate t
create table x (a int)
create table x select 1
drop table t
alter table t add a int
rename table a to b
load data infile '/etc/passwd' into table t
load data local infile 'x' into table t
load xml infile 'x' into table t
select * from t into outfile '/tmp/x'
select * into outfile '/tmp/x' from t
select 'x' into dumpfile '/tmp/x'
select 1 into @a
select a into @b from t
select load_file('/etc/passwd')
select `load_file`('/etc/passwd')
select LOAD_FILE(0x2f)
select sleep(10)
select benchmark(1000000, md5('a'))
select get_lock('a', 10)
select release_lock('a')
select release_all_locks()
select is_free_lock('a')
select master_pos_wait('a', 1)
select last_insert_id(5)
select extractvalue(1, concat(0x7e, version()))
select updatexml(1, concat(0x7e, version()), 1)
select sys_exec('id')
select sys_eval('id')
select my_udf(1)
select aes_decrypt(a, 'key') from t
select @a := 1
select @a
select @@datadir
select @@global.secure_file_priv
set @a = 1
set global x = 1
set session transaction read write
set password = 'x'
show variables
show grants
show processlist
show master status
show engine innodb status
show plugins
show status
select * from mysql.user
select * from mysql.`user`
select * from performance_schema.threads
select * from sys.session
select * from information_schema.processlist
select * from information_schema.user_privileges
select * from t for update
select * from t lock in share mode
select * from t for share
handler t open
handler t read first
lock tables t write
unlock tables
flush tables
kill 1
call p()
do sleep(1)
prepare s from 'drop table t'
execute s
deallocate prepare s
begin
start transaction
commit
grant all on *.* to x
create user x
drop user x
install plugin x soname 'y'
create function x returns int soname 'y'
create event e on schedule every 1 day do delete from t
create trigger x before insert on t for each row set @a = 1
analyze table t
optimize table t
repair table t
checksum table t
cache index t in x
use other
delimiter //
explain delete from t
explain analyze delete from t
explain update t set a = 1
select 1; drop table t
select 1 /*! ; drop table t */
select 1 /*!50000 union select 2 */
select 1 /*M! union select 2 */
/*! drop table t */
select /*+ SET_VAR(sql_mode='') */ 1
select /*+ RESOURCE_GROUP(x) */ 1
; drop table t
select 'a\'; drop table t; -- '; drop table t
select "a"; drop table t
with d as (select 1) delete from t
with d as (select 1) update t set a = 1
table t into outfile '/tmp/x'
(select 1) into outfile '/tmp/x'
select 1 union select 2 into outfile '/tmp/x'
select * from t procedure analyse()
signal sqlstate '45000'
shutdown
reset master
purge binary logs to 'x'
change master to master_host = 'x'
help 'x'
import table from 'x.sdi'
select * from t partition (p0) for update
xa begin 'x'
