/** The role that owns the sample data; nobody logs in as it. */
export const DATA_OWNER = 'shop';

/** A small shop in the database `postgres`: the same rows in every clone of every run. */
export const SEED_SQL = `
CREATE ROLE ${DATA_OWNER} NOLOGIN;
GRANT CREATE ON SCHEMA public TO ${DATA_OWNER};
SET ROLE ${DATA_OWNER};

CREATE TABLE customers (
  id integer PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL
);
CREATE TABLE products (
  id integer PRIMARY KEY,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price > 0)
);
CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  product_id integer NOT NULL REFERENCES products,
  quantity integer NOT NULL CHECK (quantity > 0),
  ordered_at timestamptz NOT NULL
);
CREATE INDEX orders_by_customer ON orders (customer_id);

INSERT INTO customers
SELECT n, first || ' ' || last, lower(first || '.' || last) || n || '@example.com',
       timestamptz '2026-01-01 09:00+00' + n * interval '7 hours'
FROM generate_series(1, 200) AS n,
     LATERAL (SELECT (ARRAY['Ada','Ben','Chloe','Dan','Eve','Farid','Grace','Hugo'])[1 + n % 8] AS first,
                     (ARRAY['Ashby','Brook','Carter','Dale','Ellis'])[1 + n % 5] AS last) AS person;

INSERT INTO products
SELECT n, (ARRAY['Lamp','Chair','Desk','Shelf','Rug'])[1 + n % 5] || ' No. ' || n, 4.95 + n * 3
FROM generate_series(1, 25) AS n;

INSERT INTO orders
SELECT n, 1 + n * 37 % 200, 1 + n * 11 % 25, 1 + n % 4,
       timestamptz '2026-02-01 08:00+00' + n * interval '13 minutes'
FROM generate_series(1, 1000) AS n;

CREATE VIEW revenue_by_customer AS
SELECT c.id, c.name, sum(o.quantity * p.price) AS revenue
FROM customers c JOIN orders o ON o.customer_id = c.id JOIN products p ON p.id = o.product_id
GROUP BY c.id;

RESET ROLE;
`;
