CREATE TABLE products (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    sku text NOT NULL
);

CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    item text NOT NULL,
    quantity int NOT NULL CHECK (quantity > 0),
    status text NOT NULL DEFAULT 'new',
    preview_env text NOT NULL,
    handled_by text,
    created_at timestamptz NOT NULL DEFAULT now()
);
