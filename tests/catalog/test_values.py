from __future__ import annotations

from aiser_jupyter.catalog.store import CatalogStore
from aiser_jupyter.catalog.values import ValueHit, build


def test_finds_a_value_whatever_its_case_and_punctuation():
    index = build(
        [ValueHit("artist", "name", "AC/DC"), ValueHit("track", "title", "ac-dc"), ValueHit("artist", "name", "***")], [("artist", "name")]
    )
    assert [hit.value for hit in index.find("Ac Dc")] == ["AC/DC", "ac-dc"]
    assert index.find("acdc") == index.find("") == ()
    assert ("artist", "name") in index.partial
    assert len(list(index)) == 2


def test_store_keeps_one_catalog_a_connection():
    store = CatalogStore()
    assert store.get("shop") is None
    store.put("shop", "catalog")
    assert store.get("shop") == "catalog"
    store.drop("shop")
    assert store.get("shop") is None
