-- order_id has no foreign key on purpose: a job that came from another environment must leave a trace here.
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    job_env text NOT NULL,
    worker_env text NOT NULL,
    attempts int NOT NULL,
    handled_at timestamptz
);

CREATE TABLE digests (
    made_at timestamptz NOT NULL DEFAULT now(),
    preview_env text NOT NULL,
    orders int NOT NULL
);
