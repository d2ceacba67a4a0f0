"""Names told in several languages."""

from aiser_jupyter.catalog import languages
from aiser_jupyter.catalog.column import Column
from aiser_jupyter.catalog.table import Table


def test_the_english_name_stands_for_the_name_where_others_are_beside_it():
    names = ("promotion_key", "EnglishPromotionType", "FrenchPromotionType", "EnglishTeacher", "name_english", "name_german")
    table = Table(name="promotion", columns=tuple(Column(name=name, type="text", db_type="VARCHAR") for name in names))
    assert languages.plain([table]) == {("promotion", "EnglishPromotionType"): "PromotionType", ("promotion", "name_english"): "name"}
