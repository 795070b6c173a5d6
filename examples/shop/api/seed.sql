-- Not safe to repeat on purpose: a seed that ran twice would show ten products.
INSERT INTO products (name, sku)
SELECT name, encode(digest(name, 'sha256'), 'hex')
FROM unnest(ARRAY['teapot', 'kettle', 'cup', 'saucer', 'strainer']) AS name;
