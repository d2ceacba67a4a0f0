from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.widgets.graph import graph, layout, thinking
from aiser_jupyter.widgets.node import html
from aiser_jupyter.widgets.view import Thought

STEPS = (
    Thought("Read the question", "plain", sure="confidence 0.90"),
    Thought("Reused monthly revenue", "analogical", "a verified query reused", inputs=(0,)),
    Thought("Ran the query", "deductive", "computed from rows", "certain", "3 ms", (1,)),
    Thought("Sales rise", "inductive", "a tested pattern", inputs=(2,)),
    Thought("Outdoor grew", "abductive", "a likely explanation", inputs=(2, 3)),
)


def test_a_step_stands_right_of_what_it_builds_on():
    assert layout(STEPS) == [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)]
    fork = (Thought("a"), Thought("b", inputs=(0,)), Thought("c", inputs=(0,)), Thought("d", inputs=(1, 2)))
    assert layout(fork) == [(0, 0), (1, 0), (1, 1), (2, 1)]


def test_the_drawing_says_itself_in_words_and_each_way_of_reasoning_has_its_shape():
    drawn = html(graph(STEPS))
    assert drawn.count('class="ed"') == 5
    assert (drawn.count("<rect"), drawn.count("<polygon"), drawn.count("<circle")) == (1, 2, 3)
    assert 'aria-label="5 steps: 1. Read the question; 2. Reused monthly revenue (from 1); 3. Ran the query (from 2)' in drawn
    assert drawn.count('tabindex="0"') == 5


def test_the_list_says_how_sure_how_long_and_from_what():
    said = re.sub("<[^>]+>", "|", html(thinking(STEPS)))
    assert "Ran the query" in said
    assert "computed from rows · certain · 3 ms · from 2" in said
    assert "from 3 and 4" in said


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.integers(-2, 12), max_size=4), min_size=1, max_size=12))
def test_no_two_steps_share_a_place_whatever_they_name(inputs):
    thoughts = [Thought(f"step {i}", inputs=tuple(names)) for i, names in enumerate(inputs)]
    places = layout(thoughts)
    assert len(set(places)) == len(places)
    for index, thought in enumerate(thoughts):
        assert all(places[i][0] < places[index][0] for i in thought.inputs if 0 <= i < index)
    assert html(graph(thoughts)).count("<g ") == len(thoughts)
