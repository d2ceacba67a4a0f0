CREATE TABLE dim_date (date_key INTEGER PRIMARY KEY, full_date DATE);
CREATE TABLE dim_store (store_key INTEGER PRIMARY KEY, store_name VARCHAR, city VARCHAR, region VARCHAR);
CREATE TABLE dim_product (product_key INTEGER PRIMARY KEY, product_name VARCHAR, category VARCHAR, brand VARCHAR);
CREATE TABLE dim_customer (customer_key INTEGER PRIMARY KEY, customer_name VARCHAR, segment VARCHAR);
CREATE TABLE fact_sales (
    line_key INTEGER PRIMARY KEY, date_key INTEGER REFERENCES dim_date (date_key), store_key INTEGER REFERENCES dim_store (store_key),
    product_key INTEGER REFERENCES dim_product (product_key), customer_key INTEGER REFERENCES dim_customer (customer_key),
    quantity INTEGER, sales_amount DECIMAL(10, 2)
);
INSERT INTO dim_date SELECT strftime(d, '%Y%m%d')::INTEGER, d::DATE FROM generate_series(DATE '2022-01-01', DATE '2024-12-31', INTERVAL 1 DAY) AS days (d);
INSERT INTO dim_store VALUES (1, 'Harbour Mall', 'Oslo', 'North'), (2, 'Old Market', 'Bergen', 'North'), (3, 'Garden Row', 'Milan', 'South'),
    (4, 'Station Arcade', 'Naples', 'South'), (5, 'West End', 'Lisbon', 'West'), (6, 'Hill Top', 'Porto', 'West');
INSERT INTO dim_product SELECT k, 'Product ' || k, ['Toys', 'Books', 'Garden', 'Kitchen'][k % 4 + 1], ['Acme', 'Borealis', 'Cirrus'][k % 3 + 1]
    FROM range(1, 25) AS ks (k);
INSERT INTO dim_customer SELECT k, 'Customer ' || k, ['Consumer', 'Corporate', 'Home Office'][k * 7 % 3 + 1] FROM range(1, 41) AS ks (k);
INSERT INTO fact_sales SELECT n, strftime(DATE '2022-01-01' + (n * 7919 % 1096)::INTEGER, '%Y%m%d')::INTEGER, (n * 31 % 17) % 6 + 1, (n * 13 % 29) % 24 + 1,
    (n * 17 % 43) % 40 + 1, (n * 11 % 9) + 1, ((n * 11 % 9) + 1) * (((n * 13 % 29) % 24) * 1.75 + 4.5)
    FROM range(1, 3001) AS ns (n);
