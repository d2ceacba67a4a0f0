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
-- duckdb: its own words
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
