import pytest

from aiser_jupyter.ask import refuse
from aiser_jupyter.ask.refuse import on_sight


@pytest.mark.parametrize(
    "question",
    [
        "Delete all tracks", "please update prices by 5%", "Charge every customer 10 dollars", "drop table orders", "Can you remove the last order?", "Send an email to every customer",
        "What will revenue be in June?", "forecast sales", "Do people like jazz more than blues?", "Why did sales fall?", "how can we improve retention",
        "Combien de clients y a-t-il dans les pays de la zone ?", "¿Cuántos clientes hay en el país de los pedidos?", "有多少客户", "???",
    ],
)  # fmt: skip
def test_some_questions_no_data_answers(question):
    assert on_sight(question)


@pytest.mark.parametrize(
    "question",
    [
        "order count by month", "Order volume in March", "update date of the last order", "How many orders were cancelled?", "show the set of cities", "Which customers have an increase in orders?",
        "What is the willingness score per region?", "list all changes by user", "average raise per employee", "Show the names of customers who like jazz", "shipments per month",
    ],
)  # fmt: skip
def test_questions_that_only_sound_alike_are_let_through(question):
    assert on_sight(question) == ""


@pytest.mark.parametrize("question", ["how many students used that one this year?", "who bought the same one"])
def test_that_one_refers_to_something_before_it(question):
    assert refuse.REFERRING.search(question)


def test_one_of_a_kind_refers_to_nothing():
    assert not refuse.REFERRING.search("which one of the agents has most tickets")


@pytest.mark.parametrize("asked", ["now just the Enterprise plan", "now by month", "ok, now only for Spain"])
def test_a_change_of_nothing_is_no_question(asked):
    assert refuse.REFERRING.search(asked)


def test_now_within_a_question_is_one():
    assert not refuse.REFERRING.search("how many orders are open now by country")


@pytest.mark.parametrize("asked", ["split that by region", "now break it down by month", "group those by make"])
def test_a_split_of_something_needs_an_answer_before(asked):
    assert refuse.REFERRING.search(asked)


def test_a_split_of_what_is_named_is_a_question():
    assert not refuse.REFERRING.search("split the revenue by region")
