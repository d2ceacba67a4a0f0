"""Business forms beyond figures by group: which one a question has cues for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.bands import Bands
from aiser_jupyter.ask.grammar.frame import SOLD
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.segments import Option, Segment
from aiser_jupyter.ask.semantic.heed import heeds

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Plan


class Forms(Bands):
    """Tries each form that the question has cues for, then the plain ones; none that leaves out what the semantic model defines."""

    def plan(self) -> Plan:
        """The plan of the frame; raises NoPlanError where there is none."""
        found = self.nth(self._formed())
        if found is None:
            raise NoPlanError
        return found

    def _formed(self) -> Plan:
        cues = self.frame.cues
        forms = (
            (True, self._by_ranges),
            (cues.moves.change, self._change),
            (cues.moves.smooth, self._moving),
            (cues.moves.retained, self._retention),
            (cues.moves.next, self._came_back),
            (cues.upper, self._reports),
            (cues.gap, self._gap),
            (True, self._duration),
            (self.frame.values, self._lookup),
            (self.frame.values, self._kind),
            (self.schema.trade, self._bare),
            (cues.between, self._days),
            (cues.last_each, self._latest_row),
            (cues.last_each, self._last),
            (len(self.frame.periods) == 2, self._one_not_other),
            (cues.whether or self.frame.counting, self._many_much),
            (self.frame.counting, self._how_many_of_those),
            (self.frame.tests, self._kept_groups),
            (True, self._beside_mean),
            (True, self._top_within),
            (True, self._attribute),
            (cues.new, self._newcomers),
            (cues.but_no is not None, self._but_no),
            (cues.again or len(self.frame.periods) == 2, self._both),
            (cues.again, self._both_values),
            (self.frame.window == "share" and self.frame.tests, self._share_of_tested),
            (cues.repeated, self._repeated),
            (self.frame.without is not None, self._lacking),
            (cues.match, self._matching),
            (cues.late or self._compared() is not None, self._columns),
            (cues.beyond, self._beyond),
            (self.flagged and (self.frame.window == "share" or "rate" in self.loose), self._rate),
            ({"margin", "margins"} & set(self.loose), self._margin),
            (self.frame.grain, self._per_period),
            ("median" in self.loose, self._middle_worth),
            (self.frame.window == "share", self._as_share),
            (True, self._spent),
            (not self.frame.average, self._quotient),
            (not self.frame.average, self._ratio),
            (self.frame.adjective, self._extreme_within),
            (self.frame.extreme or self.frame.limit, self._worth),
            (True, self._present),
            (self.frame.periods or self.frame.values, self._active),
            (cues.whether, self._whether),
            (True, self._having_item),
            (self.schema.trade, self._listing),
        )
        for asked, form in forms:
            if asked:
                kept = (self.frame, self.flagged, self.fit, list(self.anchors), list(self.assumptions), set(self.explained))
                plan = form()
                if plan is not None and heeds(plan, self.linked.spoken, self.schema):
                    self.formed = form.__name__.lstrip("_")
                    return self._joined_along(plan)
                if plan is not None:
                    self.frame, self.flagged, self.fit, self.anchors, self.assumptions, self.explained = kept
        self._sells()
        plan = super().plan()
        if not heeds(plan, self.linked.spoken, self.schema):
            raise NoPlanError
        return self._joined_along(plan)

    def _joined_along(self, plan: Plan) -> Plan:
        return replace(plan, via=(*plan.via, *self.via)) if self.via and not plan.source else plan

    def _bill(self, table: str) -> bool:
        """Whether the rows of a table are dated and somebody's: they are placed, and not sold."""
        view = self.schema.table(table)
        return view.parents > 0 and any(self.schema.columns[i].temporal for i in view.columns)

    def _sells(self) -> None:
        """Count pieces where a question asks who sells most of what is sold: "which genres sell the most tracks"."""
        sold, line = measures.units(self.schema), self._sold()
        if not self.frame.extreme or sold is None or not set(self.linked.question.lower) & SOLD:
            return
        goods = {k.ref_table for k in self.schema.catalog.keys if k.table == line and not self._bill(k.ref_table)}
        place = next((n for n in self.frame.nouns if n.role == "count" and n.segment.best.table in goods), None)
        others = [n for n in self.frame.nouns if n is not place]
        if place is None or not others or any(n.role in ("measure", "count") for n in others):
            return
        made = Segment(place.segment.start, place.segment.end, (Option(1.0, measure=sold),))
        nouns = tuple(replace(n, segment=made, role="measure") if n is place else n for n in self.frame.nouns)
        self.frame = replace(self.frame, nouns=nouns)
        self.formed = "sells"
