"""Collections in a MongoDB of this machine and connections to it, for the tests of that source."""

from __future__ import annotations

from contextlib import contextmanager

import pymongo
from servers.mongo import CODEC

from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.options import Options


def client_of(server):
    return pymongo.MongoClient(server.url(), tz_aware=True)


def fill(client, database, name, documents):
    collection = client.get_database(database, codec_options=CODEC)[name]
    collection.drop()
    if documents:
        collection.insert_many([dict(document) for document in documents])


def source_of(server, database, name="shop", **extra):
    return open_source(server.url(database), name, options=Options(extra=extra))


def run(source, sql, **params):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params).read_all().to_pylist(), list(cursor.pushed)
    finally:
        cursor.close()


@contextmanager
def shop_of(server, client):
    """A function that fills the collection ``t`` and opens a connection to it."""
    opened = []

    def make(documents, **extra):
        fill(client, "shop", "t", documents)
        opened.append(source_of(server, "shop", **extra))
        return opened[-1]

    server.log.clear()
    yield make
    for source in opened:
        source.close()
    server.options.clear()
    server.errors.clear()
