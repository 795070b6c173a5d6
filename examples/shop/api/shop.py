"""What the API, the worker, the migration and the digest share: settings, stores and the order's job."""

import json
import logging
import os
import signal
import sys
from contextlib import contextmanager

import pika
import psycopg2
import redis
from psycopg2.extras import RealDictCursor

QUEUE = "jobs"
log = logging.getLogger("shop")


def settings(*names):
    """Reads environment variables, or ends the process and names every one that is missing."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        sys.exit(f"shop: these variables are missing: {', '.join(missing)}")
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "info").upper(),
        format=f"%(levelname)s {os.environ.get('PREVIEW_ENV')} %(message)s",
        stream=sys.stdout,
    )
    logging.getLogger("pika").setLevel(logging.WARNING)
    # The first process of a container has no default action for SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return [os.environ[name] for name in names]


@contextmanager
def database():
    """A cursor whose rows are dictionaries; its transaction is committed at the end."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"], cursor_factory=RealDictCursor, connect_timeout=5)
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def cache():
    return redis.Redis.from_url(os.environ["CACHE_URL"], decode_responses=True, socket_timeout=5)


def cache_key(order_id):
    return f"{os.environ['PREVIEW_ENV']}:order:{order_id}"


def queue():
    """A connection and a channel on which the queue exists. A plain durable declare: its dead-lettering is policy."""
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["QUEUE_URL"]))
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True)
    return connection, channel


def enqueue(job):
    connection, channel = queue()
    with connection:
        channel.confirm_delivery()
        durable = pika.BasicProperties(delivery_mode=2, content_type="application/json")
        channel.basic_publish("", QUEUE, json.dumps(job).encode(), durable, mandatory=True)
