-- common: every engine
SELECT * FROM customers
SELECT * FROM customers WHERE id < 9
SELECT id, name FROM customers
SELECT c.* FROM customers c
SELECT customers.* FROM customers
SELECT "id", "name" FROM "customers"
SELECT ID, NAME FROM CUSTOMERS
SELECT count(*) FROM customers
SELECT count(*) AS n, count(email) AS e FROM customers
SELECT region, count(*) AS n FROM customers GROUP BY region
SELECT region, count(*) AS n FROM customers GROUP BY region HAVING count(*) > 2
SELECT DISTINCT region FROM customers
SELECT name FROM customers ORDER BY name
SELECT name FROM customers ORDER BY id DESC
SELECT name FROM customers WHERE region = 'S'
SELECT name FROM customers WHERE region = 'N' OR 1 = 1
SELECT name FROM customers WHERE NOT region = 'N'
SELECT name FROM customers WHERE region <> 'N'
SELECT name FROM customers WHERE region IS NULL
SELECT name FROM customers WHERE email IS NOT NULL
SELECT name FROM customers WHERE email = 'e3@x.org'
SELECT name FROM customers WHERE email LIKE 'e%'
SELECT name FROM customers WHERE phone LIKE '%13'
SELECT name FROM customers WHERE phone = '555-0013'
SELECT max(phone) AS m, min(phone) AS k FROM customers
SELECT email FROM customers ORDER BY email
SELECT ssn FROM customers
SELECT max(ssn) AS m FROM customers
SELECT name FROM customers WHERE ssn = 's7'
SELECT name FROM customers ORDER BY ssn
SELECT count(ssn) AS n FROM customers
SELECT (SELECT max(ssn) FROM customers) AS m
SELECT name FROM customers WHERE id IN (SELECT id FROM customers WHERE ssn > 's5')
SELECT total FROM orders
SELECT sum(total) AS t FROM orders
SELECT customer_id, sum(total) AS t FROM orders GROUP BY customer_id
SELECT id FROM orders WHERE total > 100
SELECT id FROM orders WHERE total = 37
SELECT avg(total) AS a FROM orders WHERE customer_id = 3
SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id
SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer_id
SELECT c.name, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
SELECT c.name, count(o.id) AS n FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.name
SELECT o.id, c.name FROM orders o, customers c WHERE c.id = o.customer_id
SELECT a.id, b.id AS other FROM customers a JOIN customers b ON a.region = b.region AND a.id < b.id
SELECT a.id, b.id AS other FROM customers a CROSS JOIN customers b WHERE a.id = b.id + 1
SELECT c.name, s.dept FROM customers c JOIN staff s ON s.id = c.id
SELECT c.name, sum(o.total) AS t FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.name ORDER BY t DESC, c.name
SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id)
SELECT o.id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer_id)
SELECT o.id FROM orders o WHERE o.customer_id IN (SELECT id FROM customers)
SELECT o.id FROM orders o WHERE o.customer_id NOT IN (SELECT id FROM customers)
SELECT o.id FROM orders o WHERE o.total > (SELECT avg(total) FROM orders)
SELECT o.id FROM orders o WHERE o.total > (SELECT avg(p.total) FROM orders p WHERE p.customer_id = o.customer_id)
SELECT c.name, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS n FROM customers c
SELECT c.name, (SELECT max(d.dept) FROM staff d WHERE d.id = c.id) AS d FROM customers c
SELECT * FROM (SELECT id, name FROM customers) x
SELECT x.n FROM (SELECT count(*) AS n FROM customers) x
SELECT * FROM (SELECT * FROM (SELECT * FROM customers) a) b
SELECT * FROM (SELECT customers.id FROM customers JOIN orders ON orders.customer_id = customers.id) z
WITH t AS (SELECT * FROM customers) SELECT * FROM t
WITH t AS (SELECT * FROM customers) SELECT count(*) AS n FROM t WHERE region = 'S'
WITH customers AS (SELECT 1 AS id) SELECT * FROM customers
WITH customers AS (SELECT id, region FROM customers) SELECT * FROM customers
WITH a AS (SELECT id FROM customers), b AS (SELECT id FROM a) SELECT count(*) AS n FROM b
WITH a AS (SELECT id FROM orders), b AS (SELECT id FROM customers) SELECT a.id FROM a JOIN b ON a.id = b.id
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i, (SELECT count(*) FROM customers c WHERE c.id = i) AS c FROM n
WITH RECURSIVE r(id) AS (SELECT id FROM customers WHERE id = 1 UNION SELECT c.id FROM customers c JOIN r ON c.id = r.id + 2) SELECT id FROM r
SELECT id FROM customers UNION SELECT id FROM orders
SELECT id FROM customers UNION ALL SELECT customer_id FROM orders
SELECT id FROM customers INTERSECT SELECT customer_id FROM orders
SELECT id FROM customers EXCEPT SELECT customer_id FROM orders
SELECT customer_id FROM orders EXCEPT SELECT id FROM customers
SELECT name FROM customers UNION SELECT dept FROM staff
SELECT name FROM customers UNION SELECT label FROM secrets
SELECT * FROM secrets
SELECT count(*) AS n FROM secrets
SELECT 1 AS one FROM secrets
SELECT c.id FROM customers c JOIN secrets s ON s.id = c.id
SELECT id FROM customers WHERE id IN (SELECT id FROM secrets)
SELECT (SELECT count(*) FROM secrets) AS n
WITH secrets AS (SELECT 7 AS id) SELECT id FROM secrets
SELECT id FROM customers WHERE EXISTS (SELECT * FROM secrets)
SELECT * FROM staff
SELECT dept, count(*) AS n FROM staff GROUP BY dept
SELECT salary FROM staff
SELECT max(salary) AS m FROM staff
SELECT s.dept FROM staff s WHERE s.salary > 500
SELECT * FROM everyone
SELECT name FROM everyone WHERE region = 'S'
SELECT count(*) AS n FROM everyone
SELECT e.name FROM everyone e JOIN orders o ON o.customer_id = e.id
SELECT row_number() OVER (ORDER BY id) AS r, id FROM customers
SELECT id, rank() OVER (PARTITION BY region ORDER BY id) AS r FROM customers
SELECT id, sum(total) OVER (ORDER BY id) AS t FROM orders
SELECT id, lag(total) OVER (ORDER BY id) AS t FROM orders
SELECT id, first_value(phone) OVER (ORDER BY id) AS f FROM customers
SELECT id, count(*) OVER () AS n FROM customers
SELECT id, max(email) OVER (PARTITION BY region) AS m FROM customers
SELECT customer_id, total FROM (SELECT customer_id, total, row_number() OVER (PARTITION BY customer_id ORDER BY id) AS r FROM orders) x WHERE r = 1
SELECT id AS customers, name AS orders FROM customers
SELECT customers.id FROM customers AS customers
SELECT orders.id FROM customers AS orders
SELECT o.name FROM customers o
SELECT "Order".id FROM orders AS "Order"
SELECT c.id "my id" FROM customers c
SELECT CASE WHEN email = 'e3@x.org' THEN 'hit' ELSE 'no' END AS t, id FROM customers
SELECT CASE WHEN region = 'S' THEN 1 ELSE 0 END AS south, count(*) AS n FROM customers GROUP BY CASE WHEN region = 'S' THEN 1 ELSE 0 END
SELECT coalesce(email, 'none') AS e FROM customers
SELECT length(phone) AS l FROM customers
SELECT upper(name) AS u FROM customers
SELECT name || '-' || region AS x FROM customers
SELECT id + 0 AS i FROM customers WHERE id BETWEEN 2 AND 5
SELECT id FROM customers WHERE name IN ('n1', 'n2', 'n3')
SELECT id FROM customers WHERE name LIKE 'n_'
SELECT id FROM customers ORDER BY id LIMIT 3
SELECT id FROM customers ORDER BY id LIMIT 2 OFFSET 1
SELECT id FROM customers WHERE id = (SELECT min(id) FROM customers)
SELECT c.region, sum(o.total) AS t FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.region HAVING sum(o.total) > 10 ORDER BY c.region
SELECT count(DISTINCT customer_id) AS n FROM orders
SELECT count(DISTINCT phone) AS n FROM customers
SELECT min(total) AS lo, max(total) AS hi FROM orders
SELECT 1 AS one
SELECT 1 AS one WHERE 1 = 0
SELECT nothing FROM customers
SELECT * FROM nowhere
SELECT x.id FROM customers c
SELECT rowid FROM customers
SELECT id FROM customers, secrets
SELECT c.id FROM (customers c JOIN orders o ON o.customer_id = c.id)
SELECT (SELECT name FROM customers c WHERE c.id = o.customer_id) AS n, o.id FROM orders o
SELECT o.id FROM orders o WHERE (SELECT region FROM customers c WHERE c.id = o.customer_id) = 'S'
SELECT NULL AS x FROM customers
SELECT count(*) AS n FROM customers a, customers b
SELECT * FROM nested
SELECT count(*) AS n FROM nested n JOIN everyone e ON e.id = n.id
WITH RECURSIVE customers AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM customers WHERE id < 4) SELECT id FROM customers
WITH RECURSIVE orders(id, total) AS (SELECT 1, 10 UNION ALL SELECT id + 1, total + 1 FROM orders WHERE id < 3) SELECT sum(total) AS t FROM orders
WITH x AS (WITH customers AS (SELECT 3 AS id) SELECT id FROM customers) SELECT customers.id FROM x JOIN customers ON customers.id > x.id
WITH customers AS (SELECT * FROM customers WHERE id > 5) SELECT count(*) AS n, min(phone) AS p FROM customers
SELECT id FROM (WITH secrets AS (SELECT 4 AS id) SELECT id FROM secrets) x
SELECT * FROM (WITH t AS (SELECT id FROM customers) SELECT id FROM t) a, (SELECT 1 AS one) b
SELECT a.phone, b.id FROM customers a JOIN customers b USING (phone)
SELECT count(*) AS n FROM customers a JOIN customers b USING (email)
SELECT id, email FROM customers NATURAL JOIN (SELECT id, email FROM customers) x
SELECT count(*) AS n FROM customers NATURAL JOIN orders
SELECT a.id FROM customers a JOIN (SELECT phone FROM customers WHERE id < 8) b ON a.phone = b.phone
SELECT c.id FROM customers c LEFT JOIN customers d ON d.email = 'e3@x.org' WHERE d.id IS NULL
SELECT name FROM customers UNION SELECT phone FROM customers UNION SELECT email FROM customers
SELECT id, email FROM customers UNION ALL SELECT id, 'x' FROM orders EXCEPT SELECT id, dept FROM staff
SELECT phone FROM customers INTERSECT SELECT phone FROM customers WHERE region = 'S'
SELECT id, phone, count(*) OVER (PARTITION BY phone) AS n FROM customers
SELECT id, sum(total) OVER (PARTITION BY customer_id ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM orders
SELECT id, last_value(email) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS e FROM customers
SELECT id, ntile(3) OVER (ORDER BY ssn, id) AS t FROM customers
SELECT id, sum(total) OVER w AS s FROM orders WINDOW w AS (PARTITION BY total ORDER BY id)
SELECT o.id FROM orders o WHERE o.total = (SELECT max(p.total) FROM orders p WHERE p.customer_id = o.customer_id)
SELECT c.id, (SELECT count(*) FROM customers d WHERE d.phone = c.phone) AS n FROM customers c
SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM customers d WHERE d.email = c.email AND d.id <> c.id)
SELECT c.id FROM customers c WHERE c.email = (SELECT d.email FROM customers d WHERE d.id = 3)
SELECT c.id FROM customers c WHERE (SELECT count(*) FROM orders o WHERE o.total > c.id * 10 AND o.customer_id = c.id) > 1
SELECT id FROM customers ORDER BY email, id
SELECT id FROM customers ORDER BY phone DESC, id
SELECT id FROM customers ORDER BY (SELECT ssn FROM customers x WHERE x.id = customers.id)
SELECT name FROM customers GROUP BY name, ssn
SELECT region, count(*) AS n FROM customers GROUP BY region HAVING max(ssn) > 's5'
SELECT secrets.id FROM customers AS secrets
SELECT customers.id, orders.id AS o FROM orders AS customers JOIN customers AS orders ON orders.id = customers.customer_id
SELECT staff.name FROM customers staff WHERE staff.region = 'N'
SELECT customers.total FROM orders customers
SELECT id AS ssn FROM customers ORDER BY ssn
SELECT email AS name, name AS email FROM customers
SELECT id FROM customers LIMIT 0
SELECT min(email) AS a, max(email) AS b, min(phone) AS c, max(name) AS d FROM customers
SELECT nullif(phone, '***13') AS p FROM customers
SELECT CASE region WHEN 'N' THEN phone ELSE email END AS x FROM customers
SELECT id FROM customers WHERE (id, region) IN (SELECT id, region FROM customers)
SELECT id FROM orders WHERE total > ALL (SELECT total FROM orders WHERE id < 5)
SELECT count(*) AS n FROM (SELECT DISTINCT email, phone FROM customers) x
SELECT * FROM (customers)
SELECT c.* FROM customers c CROSS JOIN (SELECT 1 AS x) y
WITH customers AS (SELECT 2 AS id, 'N' AS region) SELECT * FROM orders
SELECT count(*) AS n FROM (WITH customers AS (SELECT 2 AS id, 'N' AS region) SELECT * FROM orders) x
WITH a AS (SELECT id, customer_id FROM orders), customers AS (SELECT 2 AS id, 'N' AS region) SELECT * FROM a
WITH "cuſtomers" AS (SELECT 1 AS x) SELECT * FROM customers
WITH "ſecrets" AS (SELECT 1 AS x) SELECT * FROM secrets
WITH RECURSIVE a AS (SELECT id FROM orders), customers AS (SELECT 2 AS id, 'N' AS region) SELECT * FROM a
-- duckdb: its own words
SHOW TABLES
SELECT table_name FROM information_schema.tables
SELECT table_schema, table_name, table_type FROM information_schema.tables
SELECT table_name, column_name, ordinal_position, is_nullable FROM information_schema.columns c WHERE c.table_schema = 'main'
SELECT t.table_name, count(*) AS n FROM information_schema.tables t JOIN information_schema.columns c ON c.table_name = t.table_name GROUP BY ALL
SELECT information_schema.tables.table_name FROM information_schema.tables
SELECT column_name FROM information_schema.columns WHERE table_name = 'secrets'
SELECT count(*) AS n FROM information_schema.columns WHERE column_name = 'ssn'
SELECT id FROM customers WHERE EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'secrets')
WITH tables AS (SELECT 1 AS x) SELECT x FROM tables
PIVOT customers ON region IN ('N', 'S') USING count(*) GROUP BY name
FROM customers
FROM customers SELECT id
FROM orders o JOIN customers c ON c.id = o.customer_id SELECT o.id, c.phone
SELECT main.customers.id FROM main.customers
SELECT c.id FROM main.customers AS c
SELECT * EXCLUDE (phone) FROM customers
SELECT * REPLACE (0 AS id) FROM customers
SELECT COLUMNS('.*n.*') FROM customers
SELECT customers FROM customers
SELECT struct_pack(a := id, b := phone) AS s FROM customers
SELECT unnest([id, id + 1]) AS u FROM customers
SELECT list(email ORDER BY id) AS l FROM customers
SELECT string_agg(name, ',' ORDER BY id) AS l FROM customers
SELECT id FROM customers QUALIFY row_number() OVER (ORDER BY id DESC) = 1
SELECT o.id FROM orders o SEMI JOIN customers c ON c.id = o.customer_id
SELECT o.id FROM orders o ANTI JOIN customers c ON c.id = o.customer_id
SELECT c.id, n FROM customers c, LATERAL (SELECT count(*) AS n FROM orders o WHERE o.customer_id = c.id) x
SELECT region, count(*) AS n FROM customers GROUP BY ALL
SELECT region, count(*) AS n FROM customers GROUP BY ROLLUP (region)
SELECT id FROM customers NATURAL JOIN (SELECT id FROM orders)
SELECT id, name FROM customers JOIN (SELECT id FROM orders) USING (id)
SELECT a.* FROM customers a JOIN orders b USING (id)
SELECT count(*) FILTER (WHERE region = 'S') AS n FROM customers
SELECT arg_max(name, id) AS m FROM customers
SELECT * FROM customers AS t(a, b)
SELECT id FROM customers WHERE regexp_matches(phone, '001')
SELECT id FROM customers USING SAMPLE 100%
SELECT id FROM customers TABLESAMPLE 100%
TABLE customers
SELECT * FROM range(3) r(i) JOIN customers c ON c.id = i
SELECT id FROM customers UNION BY NAME SELECT id, total FROM orders
SELECT x FROM (VALUES (1), (2)) v(x) WHERE x IN (SELECT id FROM customers)
SELECT * FROM "odd ""t's"
SELECT o."ö`d [d]" FROM "odd ""t's" o WHERE o.id > 1
SELECT "se;cret" FROM "odd ""t's"
SELECT "odd ""t's".* FROM "odd ""t's"
SELECT count("SE;CRET") AS n FROM "ODD ""T'S"
SELECT "a""b".id FROM customers AS "a""b"
SELECT id AS "x"";--" FROM customers
FROM customers WHERE region = 'S'
FROM customers SELECT phone WHERE id > 2
FROM (FROM customers) SELECT count(*) AS n
FROM customers AS c(a, b) SELECT a
WITH t AS (FROM customers) FROM t
SELECT * EXCLUDE (id, name) FROM customers
SELECT * EXCLUDE (ssn) FROM customers
SELECT * REPLACE (lower(name) AS name) FROM customers
SELECT * REPLACE (ssn AS name) FROM customers
SELECT * RENAME (name AS ssn) FROM customers
SELECT c.* EXCLUDE (region) FROM customers c JOIN orders o ON o.customer_id = c.id
SELECT * LIKE '%ss%' FROM customers
SELECT COLUMNS(*) FROM customers
SELECT COLUMNS(c -> c LIKE '%n%') FROM customers
SELECT COLUMNS('ssn|email') FROM customers
SELECT min(COLUMNS(*)) FROM customers
SELECT COLUMNS(c.*) FROM customers c
SELECT *COLUMNS('id') FROM customers
SELECT unnest(list(email)) AS e FROM customers
SELECT unnest(struct_pack(e := email, p := phone)) FROM customers
SELECT unnest([email, phone, name]) AS x, id FROM customers
SELECT s.e FROM (SELECT struct_pack(e := email) AS s FROM customers) x
SELECT c.phone[1] AS p FROM customers c
SELECT (c).phone FROM customers c
SELECT c['phone'] AS p FROM customers c
SELECT struct_extract(c, 'phone') AS p FROM customers c
SELECT to_json(c) AS j FROM customers c
SELECT row(c.*) AS r FROM customers c
SELECT c::VARCHAR AS t FROM customers c
SELECT list_transform([phone], x -> x || '!') AS l FROM customers
SELECT list(c) AS l FROM (SELECT * FROM customers ORDER BY id) c
SELECT histogram(phone) AS h FROM customers
SELECT arg_min(email, id) AS a, max_by(phone, id) AS b FROM customers
SELECT any_value(ssn) AS a FROM customers
SELECT first(phone ORDER BY id) AS f FROM customers
SELECT phone.upper().substr(1, 5) AS p FROM customers
SELECT name.concat(email) AS p FROM customers
SELECT id FROM customers ORDER BY ALL
SELECT id FROM customers LIMIT (SELECT count(*) FROM secrets)
SELECT id FROM customers ORDER BY id LIMIT (SELECT count(*) FROM customers) - 1
SELECT id FROM customers ORDER BY id OFFSET (SELECT min(id) FROM customers)
SELECT id FROM customers LIMIT (SELECT max(ascii(ssn)) FROM customers)
SELECT id FROM customers LIMIT 100%
SELECT id, phone FROM customers TABLESAMPLE RESERVOIR(100%)
SELECT count(*) AS n FROM customers TABLESAMPLE 100 PERCENT (BERNOULLI)
SELECT * FROM (SELECT id FROM customers) a POSITIONAL JOIN (SELECT id AS o FROM orders) b
SELECT * FROM customers POSITIONAL JOIN secrets
SELECT customers.id, staff.dept FROM customers POSITIONAL JOIN staff
SELECT c.id, o.id AS o FROM customers c ASOF JOIN orders o ON c.id = o.customer_id AND c.id >= o.id
SELECT id FROM customers QUALIFY max(phone) OVER () = phone
SELECT id FROM customers QUALIFY rank() OVER (PARTITION BY region ORDER BY ssn) = 1
SELECT region, phone, count(*) AS n FROM customers GROUP BY GROUPING SETS ((region), (phone), ())
SELECT region, email, count(*) AS n FROM customers GROUP BY CUBE (region, email)
SELECT region, grouping(region) AS g, count(*) AS n FROM customers GROUP BY ROLLUP (region, name)
SELECT c.id, x.t FROM customers c JOIN LATERAL (SELECT max(total) AS t FROM orders o WHERE o.customer_id = c.id) x ON true
SELECT c.id, x.e FROM customers c, LATERAL (SELECT c.email AS e) x
SELECT c.id, x.s FROM customers c, LATERAL (SELECT s.label AS s FROM secrets s WHERE s.id = c.id) x
SELECT x.id FROM customers c, (SELECT c.id AS id) x
SELECT * FROM customers AT (VERSION => 1)
SELECT * FROM customers AT (TIMESTAMP => now())
SELECT * FROM (VALUES ((SELECT max(ssn) FROM customers))) v(x)
SELECT * FROM (VALUES ((SELECT max(phone) FROM customers)), ('z')) v(x)
VALUES ((SELECT count(*) FROM customers))
VALUES ((SELECT count(*) FROM secrets))
PIVOT customers ON region USING count(*) GROUP BY name
PIVOT (SELECT region, id FROM customers) ON region USING max(id)
UNPIVOT (SELECT id, name, phone FROM customers) ON name, phone INTO NAME k VALUE v
UNPIVOT customers ON ssn
SELECT * FROM orders PIVOT (sum(total) FOR customer_id IN (1, 3, 5))
SELECT * FROM customers UNPIVOT (v FOR k IN (name, phone))
SUMMARIZE secrets
DESCRIBE SELECT ssn FROM customers
SELECT * FROM query_table('customers')
SELECT * FROM query('SELECT ssn FROM customers')
SELECT * FROM 'customers'
SELECT * FROM "customers"
SELECT * FROM main."customers" m
SELECT m.customers.id FROM main.customers m
SELECT customers.customers.id FROM customers
SELECT id FROM customers UNION ALL BY NAME SELECT label FROM secrets
SELECT name, ssn FROM customers UNION BY NAME SELECT dept AS name FROM staff
SELECT id FROM customers SEMI JOIN secrets USING (id)
SELECT id FROM customers ANTI JOIN orders ON orders.customer_id = customers.id
SELECT alias.id FROM customers alias WHERE alias.id IN (FROM orders SELECT customer_id)
SELECT EXISTS(FROM secrets) AS e
SELECT ARRAY(SELECT phone FROM customers ORDER BY id) AS a
SELECT max(phone) FILTER (WHERE region = 'N') AS m FROM customers
SELECT quantile_cont(total, 0.5) AS q, mode(total) AS m FROM orders
SELECT id, total, lead(total, 1, -1) OVER (PARTITION BY customer_id ORDER BY id) AS l FROM orders
SELECT list(total ORDER BY id) OVER (ORDER BY id ROWS 2 PRECEDING) AS l FROM orders
SELECT id, count(*) OVER (ORDER BY id RANGE BETWEEN 5 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS n FROM orders
SELECT * FROM customers WHERE COLUMNS('name|region') LIKE 'n%'
SELECT getvariable('x') AS v FROM customers
SELECT current_schema() AS s
SELECT x FROM (SELECT unnest(range(3)) AS x) WHERE x IN (SELECT id FROM customers)
WITH t AS MATERIALIZED (SELECT ssn FROM customers) SELECT count(*) AS n FROM t
WITH RECURSIVE t(id) USING KEY (id) AS (SELECT id FROM customers UNION SELECT id FROM t) SELECT count(*) AS n FROM t
SELECT * FROM customers c(i) WHERE i < 6
-- postgres: its own words
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'
SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema = 'public'
SELECT table_name, column_name, ordinal_position, is_nullable FROM information_schema.columns c WHERE c.table_schema = 'public'
SELECT column_name FROM information_schema.columns WHERE table_name = 'secrets'
SELECT count(*) AS n FROM information_schema.columns WHERE column_name = 'ssn'
SELECT id FROM customers WHERE EXISTS (SELECT 1 FROM "information_schema"."tables" WHERE table_name = 'secrets')
SELECT * FROM "odd ""t's"
SELECT "se;cret" FROM "odd ""t's"
SELECT o."ö`d [d]" FROM "odd ""t's" o
SELECT * FROM "Customers"
SELECT "a""b".id FROM customers AS "a""b"
SELECT U&"id" FROM customers
SELECT (c).email FROM customers c
SELECT (c.*)::text AS t FROM customers c
SELECT row_to_json(c)::text AS j FROM customers c
SELECT to_jsonb(c.*)::text AS j FROM customers c
SELECT c FROM customers c
SELECT customers FROM customers
SELECT array_agg(phone ORDER BY id)::text AS a FROM customers
SELECT unnest(array_agg(email ORDER BY id)) AS e FROM customers
SELECT string_agg(ssn, ',') AS s FROM customers
SELECT json_object_agg(id, phone)::text AS j FROM customers
SELECT DISTINCT ON (region) region, phone FROM customers ORDER BY region, id
SELECT DISTINCT ON (phone) id FROM customers ORDER BY phone, id
SELECT c.id, x.t FROM customers c JOIN LATERAL (SELECT max(total) AS t FROM orders o WHERE o.customer_id = c.id) x ON true
SELECT c.id, x.s FROM customers c, LATERAL (SELECT s.label AS s FROM secrets s WHERE s.id = c.id) x
SELECT c.id, x.e FROM customers c CROSS JOIN LATERAL (VALUES (c.email), (c.phone)) x(e)
SELECT region, phone, count(*) AS n FROM customers GROUP BY GROUPING SETS ((region), (phone), ())
SELECT region, email, count(*) AS n FROM customers GROUP BY CUBE (region, email)
SELECT id, sum(total) OVER (ORDER BY id GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) AS s FROM orders
SELECT id FROM customers ORDER BY id LIMIT (SELECT count(*) FROM customers) - 1
SELECT id FROM customers LIMIT (SELECT count(*) FROM secrets)
SELECT id FROM customers FETCH FIRST 2 ROWS WITH TIES
SELECT id FROM customers ORDER BY region FETCH FIRST 1 ROWS WITH TIES
SELECT count(*) AS n FROM customers TABLESAMPLE BERNOULLI (100)
SELECT count(*) AS n FROM customers TABLESAMPLE SYSTEM (100) REPEATABLE (1)
TABLE customers
TABLE secrets
SELECT * FROM ONLY customers
SELECT * FROM ONLY (customers)
SELECT * FROM customers *
VALUES ((SELECT count(*) FROM secrets), 1)
VALUES ((SELECT count(*) FROM customers), 1)
SELECT ctid FROM customers
SELECT count(xmin) AS n FROM customers
SELECT count(tableoid) AS n FROM customers
SELECT c.tableoid::regclass AS t FROM customers c
SELECT * FROM ROWS FROM (generate_series(1, 3)) AS g(i) JOIN customers ON customers.id = g.i
SELECT g.i FROM generate_series(1, (SELECT max(id) FROM customers)) g(i)
SELECT count(*) FILTER (WHERE ssn > 's5') AS n FROM customers
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) AS p FROM orders
SELECT * FROM customers AS c(a, b)
SELECT public.customers.id FROM public.customers
SELECT pg_typeof(id)::text AS t FROM customers
WITH t AS MATERIALIZED (SELECT * FROM customers) SELECT phone FROM t
WITH RECURSIVE t(id) AS (SELECT id FROM customers WHERE id = 1 UNION SELECT c.id FROM customers c JOIN t ON c.id = t.id + 2) SEARCH DEPTH FIRST BY id SET o SELECT id FROM t
SELECT id FROM customers WHERE phone ~ '13$'
SELECT id FROM customers WHERE phone SIMILAR TO '%13'
SELECT id FROM customers WHERE (name, phone) = ('n13', '555-0013')
SELECT CAST(ROW(id, phone) AS text) AS r FROM customers
SELECT xpath('/x', '<x/>')::text AS x FROM customers WHERE id = 2
WITH "Customers" AS (SELECT 1 AS x) SELECT * FROM customers
WITH "SECRETS" AS (SELECT 1 AS x) SELECT * FROM secrets
WITH T AS (SELECT id FROM customers) SELECT * FROM t
SELECT (NULL::secrets).label
SELECT pg_typeof(NULL::customers)::text AS t
-- sqlite: its own words
SELECT name FROM sqlite_master WHERE type = 'table'
SELECT type, name, tbl_name FROM main.sqlite_schema
SELECT count(*) AS n FROM sqlite_master m WHERE m.name = 'secrets'
SELECT sqlite_master.name FROM sqlite_master
SELECT id FROM customers WHERE (SELECT count(*) FROM sqlite_master) > 3
SELECT * FROM "odd ""t's"
SELECT [se;cret] FROM [odd "t's]
SELECT `id` FROM `customers`
SELECT [phone] FROM [customers]
SELECT 'ssn' AS x FROM customers
SELECT "ssn" FROM customers
SELECT oid FROM customers
SELECT _rowid_ FROM orders
SELECT customers.rowid FROM customers
SELECT group_concat(email, '|') AS g FROM customers
SELECT json_group_array(phone) AS j FROM customers
SELECT json_object('s', ssn) AS j FROM customers
SELECT id FROM customers WHERE phone GLOB '*13'
SELECT name, max(phone) AS m FROM customers
SELECT id FROM customers INDEXED BY sqlite_autoindex_customers_1
SELECT id FROM customers NOT INDEXED
SELECT id FROM customers ORDER BY id LIMIT (SELECT count(*) FROM customers) - 1
SELECT id FROM customers LIMIT (SELECT count(*) FROM secrets)
SELECT main.customers.id FROM main.customers
SELECT * FROM (VALUES ((SELECT max(ssn) FROM customers)))
VALUES ((SELECT count(*) FROM secrets))
SELECT value FROM json_each((SELECT json_group_array(email) FROM customers))
SELECT c.id, j.value FROM customers c, json_each(json_array(c.phone, c.email)) j
SELECT id FROM customers WHERE rowid = 3
SELECT typeof(email) AS t FROM customers
SELECT total(total) AS t FROM orders
SELECT id FROM customers c WHERE c.region IS NOT 'N'
SELECT iif(email IS NULL, 0, 1) AS f FROM customers
SELECT id, phone FROM customers GROUP BY region
-- mysql: its own words
SELECT * FROM `odd "t's`
SELECT `se;cret` FROM `odd "t's`
SELECT o.`ö``d [d]` FROM `odd "t's` o
SELECT `id` FROM `customers`
SELECT "ssn" AS x FROM customers
SELECT GROUP_CONCAT(email ORDER BY id SEPARATOR '|') AS g FROM customers
SELECT JSON_ARRAYAGG(phone) AS j FROM customers
SELECT JSON_OBJECTAGG(id, ssn) AS j FROM customers
SELECT region, count(*) AS n FROM customers GROUP BY region WITH ROLLUP
SELECT id FROM customers LIMIT 1, 2
SELECT c.id FROM customers AS c FORCE INDEX (PRIMARY)
SELECT SQL_NO_CACHE id FROM customers
SELECT STRAIGHT_JOIN c.id FROM customers c JOIN orders o ON o.customer_id = c.id
SELECT id FROM customers WHERE phone REGEXP '13$'
SELECT id FROM customers WHERE phone <=> '555-0013'
SELECT id FROM customers WHERE email RLIKE 'e3'
SELECT id FROM customers PROCEDURE ANALYSE()
SELECT * FROM customers PARTITION (p0)
SELECT * FROM customers FOR SYSTEM_TIME ALL
SELECT id FROM DUAL
SELECT 1 AS one FROM DUAL
VALUES (1, 2)
TABLE secrets
SELECT id FROM customers WHERE (SELECT label FROM secrets LIMIT 1) LIKE 'c%'
SELECT id, IF(region = 'S', 1, 0) AS s FROM customers
SELECT id FROM customers HAVING id > 3
SELECT phone AS p, count(*) AS n FROM customers GROUP BY p
SELECT concat_ws('-', name, email, phone) AS c FROM customers
SELECT id DIV 2 AS d, total MOD 7 AS m FROM orders
SELECT c.id, c.name FROM test.customers c
SELECT id FROM customers EXCEPT SELECT id FROM secrets
SELECT any_value(phone) AS a FROM customers
SELECT row_number() OVER (ORDER BY phone, id) AS r, id FROM customers
WITH t AS (SELECT id, email FROM customers) SELECT t.* FROM t
SELECT CAST(phone AS CHAR(4)) AS c FROM customers
SELECT CONVERT(total, CHAR) AS c FROM orders
SELECT BINARY phone AS b FROM customers
SELECT id FROM customers WHERE MATCH (name) AGAINST ('n3')
SELECT id FROM customers /*! WHERE region = 'S' */
SELECT id FROM customers USE INDEX ()
