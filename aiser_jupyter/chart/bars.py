"""Bars as plotly figures: one per label, in groups, stacked, to 100 %, as steps, stages, spans, against a target, with a running share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart import ticks
from aiser_jupyter.chart.bar_data import running_shares, shares, waterfall_floor, waterfall_steps
from aiser_jupyter.chart.paint import Figure, paint
from aiser_jupyter.chart.series import color_of
from aiser_jupyter.chart.textfit import html, width, wrap
from aiser_jupyter.format import number

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from aiser_jupyter.chart.bar_data import Spans, Targets
    from aiser_jupyter.chart.series import Frame

ROW = 30
# plotly sets the words at a bar's end hard against it.
AIR = "\u2009"
LABEL_ROOM = 190.0
# Columns are laid out for this width; narrower pages get fewer labels by plotly's own thinning of text.
PLOT_WIDTH = 560.0


def single(frame: Frame, kind: str) -> Figure:
    """One bar per label with its value at the end: lying for ``horizontal_bar``, standing for ``bar``."""
    import plotly.graph_objects as go

    lying = kind == "horizontal_bar"
    values = list(frame.series[0].values)
    bold = [bool(frame.accents) and frame.accented(i) for i in range(len(values))]
    texts = [frame.text(v, signed=frame.signed) for v in values]
    shown = (
        texts
        if lying or fits(texts)
        else [t if b or i in {values.index(top(values)), len(values) - 1} else "" for i, (t, b) in enumerate(zip(texts, bold, strict=True))]
    )
    trace = bar(
        frame.labels,
        values,
        lying=lying,
        text=strong(shown, bold),
        customdata=hover(frame.labels, texts),
        cliponaxis=False,
        textposition="outside",
    )
    marks = ["mark-accent" if frame.accented(i) else "mark" for i in range(len(values))]
    made: Figure = go.Figure(paint(trace, {"marker.color": marks, "textfont.color": ["accent" if b else "ink" for b in bold]}))
    return framed(made, frame, texts, bold, lying=lying)


def grouped(frame: Frame, kind: str) -> Figure:
    """Several bars per label: side by side, stacked, or each label's bars to 100 %."""
    import plotly.graph_objects as go

    whole, stacked = kind == "percent_bar", kind != "grouped_bar"
    lying = frame.order != "time" and (stacked or len(frame.labels) > 4 or not fits(frame.labels))
    parts = shares(frame) if whole else [list(s.values) for s in frame.series]
    made: Figure = go.Figure()
    limit = max((abs(v) for part in parts for v in part if v is not None), default=1.0)
    for i, one in enumerate(frame.series):
        token = color_of(frame, i)
        texts = [number.text(v, unit="%") if whole else frame.text(v) for v in parts[i]]
        roomy = [
            t if not stacked or (v is not None and abs(v) >= (8 if whole else 0.14 * limit)) else ""
            for t, v in zip(texts, parts[i], strict=True)
        ]
        shown = roomy if stacked or lying or len(frame.labels) * len(frame.series) <= 14 else [""] * len(roomy)
        tips = [
            [html(f"{label}, {one.name}"), html(f"{frame.text(v)}{f' ({t})' if whole else ''}")]
            for label, v, t in zip(frame.labels, one.values, texts, strict=True)
        ]
        trace = bar(
            frame.labels,
            parts[i],
            lying=lying,
            text=shown,
            customdata=tips,
            name=html(one.name),
            textposition="inside" if stacked else "outside",
            insidetextanchor="middle",
            cliponaxis=False,
            textangle=0,
        )
        made.add_trace(paint(trace, {"marker.color": token, "textfont.color": f"on-{token}" if stacked else "ink"}))
    framed(made, frame, [] if stacked else [frame.text(limit)], [], lying=lying)
    height = 70 + len(frame.labels) * (ROW * 1.25 if stacked else 8 + 20 * len(frame.series)) if lying else 330
    return made.update_layout(barmode="stack" if stacked else "group", showlegend=True, bargap=0.36, bargroupgap=0.06, height=height)


def waterfall(frame: Frame) -> Figure:
    """Signed steps between totals: grey from, accent to, green and red between, joined by hairlines; totals are cut where steps would be slivers."""
    import plotly.graph_objects as go

    steps = waterfall_steps(frame)
    floor = waterfall_floor(steps)
    texts = [s.text for s in steps]
    lows = [max(s.low, floor) for s in steps]
    trace = bar(
        frame.labels,
        [s.high - low for s, low in zip(steps, lows, strict=True)],
        lying=False,
        base=lows,
        text=texts,
        customdata=hover(frame.labels, texts),
        textposition="outside",
        cliponaxis=False,
    )
    made: Figure = go.Figure(
        paint(
            trace,
            {"marker.color": [s.tone for s in steps], "textfont.color": ["accent" if s.tone == "mark-accent" else "ink" for s in steps]},
        )
    )
    paints: dict[str, str | list[str]] = {}
    for i, step in enumerate(steps[:-1]):
        paints[f"shapes[{len(made.layout.shapes)}].line.color"] = "axis"
        made.add_shape(type="line", x0=i + 0.33, x1=i + 0.67, y0=step.after, y1=step.after, line_width=1)
    top = max(s.high for s in steps)
    for i in (i for i, s in enumerate(steps) if floor and s.low < floor):
        cut, tall = floor + (top - floor) * 0.07, (top - floor) * 0.03
        paints[f"shapes[{len(made.layout.shapes)}].line.color"] = "bg"
        made.add_shape(type="path", path=f"M{i - 0.34},{cut}L{i},{cut + tall}L{i + 0.34},{cut}", line_width=3)
    framed(made, frame, texts, [], lying=False)
    if floor:
        made.update_yaxes(range=[floor, top + (top - floor) * 0.12], zeroline=False).update_xaxes(showline=True)
    return made.update_layout(meta={"aiser": {"paint": paints}}, bargap=0.34)


def funnel(frame: Frame) -> Figure:
    """Stages in their order, each with its value and its share of the first."""
    import plotly.graph_objects as go

    values = list(frame.series[0].values)
    start = values[0] or 1.0
    texts = [f"{frame.text(v)} · {number.text((v or 0) / start, unit='share')}" for v in values]
    trace = bar(
        frame.labels, values, lying=True, text=texts, customdata=hover(frame.labels, texts), textposition="outside", cliponaxis=False
    )
    marks = [
        "mark-accent" if (frame.accents and frame.accented(i)) or (not frame.accents and i == len(values) - 1) else "mark"
        for i in range(len(values))
    ]
    return framed(go.Figure(paint(trace, {"marker.color": marks, "textfont.color": "ink"})), frame, texts, [], lying=True)


def pareto(frame: Frame) -> Figure:
    """Sorted bars, those that make 80 % in the accent, with the running share of the total at the right edge."""
    running = running_shares(frame)
    few = next((i for i, share in enumerate(running) if share >= 0.8), len(running) - 1)
    made: Figure = single(replace(frame, accents=frozenset(frame.labels[: few + 1])), "horizontal_bar")
    room = made.layout.margin.r
    paints: dict[str, str | list[str]] = dict(made.layout.meta["aiser"]["paint"])
    for i, share in enumerate([*running, None]):
        words = "running share" if share is None else number.text(share, unit="share")
        paints[f"annotations[{i}].font.color"] = "accent" if i == few else "muted"
        place = {"yref": "paper", "y": 0, "yanchor": "top"} if share is None else {"yref": "y", "y": frame.labels[i], "yanchor": "middle"}
        made.add_annotation(
            text=f"<b>{words}</b>" if i == few else words, xref="paper", x=1, xanchor="right", xshift=room + 56, showarrow=False, **place
        )
    return made.update_layout(margin={"r": room + 64, "b": 28}, meta={"aiser": {"paint": paints}})


def gantt(spans: Spans) -> Figure:
    """One bar from each start to its end, a row per label."""
    import plotly.graph_objects as go

    trace = go.Bar(
        y=list(spans.rows), base=[s.isoformat() for s in spans.starts], x=[(b - a).total_seconds() * 1000 for a, b in zip(spans.starts, spans.ends, strict=True)],
        orientation="h", customdata=hover(spans.rows, spans.tips), hovertemplate=TIP,
    )  # fmt: skip
    made: Figure = go.Figure(paint(trace, {"marker.color": "mark-accent", "marker.line.color": "bg"}))
    made.update_traces(marker_line_width=1)
    labels = list(dict.fromkeys(spans.rows))
    made.update_xaxes(type="date", showgrid=True, side="top", tickformat="%-d %b\n%H:%M" if spans.short else "%-d %b\n%Y", nticks=7)
    return lying_axis(made, labels, []).update_layout(barmode="overlay", height=90 + ROW * len(labels), bargap=0.4, margin_t=44)


def bullet(targets: Targets) -> Figure:
    """Each value as a bar, its target as a tick of ink across it."""
    import plotly.graph_objects as go

    accents = ["mark-accent"] * len(targets.labels)
    trace = bar(
        targets.labels,
        list(targets.values),
        lying=True,
        text=targets.texts,
        customdata=hover(targets.labels, targets.texts),
        textposition="inside",
        insidetextanchor="start",
        width=0.5,
    )
    made: Figure = go.Figure(paint(trace, {"marker.color": accents, "textfont.color": "on-mark-accent"}))
    tick: Any = go.Scatter(
        x=list(targets.goals),
        y=list(targets.labels),
        mode="markers",
        customdata=hover(targets.labels, targets.goal_texts),
        hovertemplate=TIP,
        cliponaxis=False,
    )
    tick.marker.update(symbol="line-ns", size=26, line={"width": 2})
    made.add_trace(paint(tick, {"marker.line.color": "ink"}))
    ends = [max(v or 0.0, g or 0.0) for v, g in zip(targets.values, targets.goals, strict=True)]
    said = go.Scatter(
        x=ends,
        y=list(targets.labels),
        mode="text",
        text=[f"\u2002{html(t)}" for t in targets.goal_texts],
        textposition="middle right",
        hoverinfo="skip",
        cliponaxis=False,
    )
    made.add_trace(paint(said, {"textfont.color": "ink-2"}))
    most = max(width(t, 13) for t in targets.goal_texts)
    return lying_axis(made, targets.labels, []).update_layout(
        xaxis={"visible": False, "range": [0, max(ends)]}, margin_r=most + 24, height=60 + 44 * len(targets.labels)
    )


TIP = "%{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>"


def bar(labels: Any, values: Any, *, lying: bool, **more: Any) -> go.Bar:
    """A bar trace over category labels."""
    import plotly.graph_objects as go

    return go.Bar(
        x=values if lying else list(labels),
        y=list(labels) if lying else values,
        orientation="h" if lying else "v",
        hovertemplate=TIP,
        **more,
    )


def hover(labels: Any, texts: Any) -> list[list[str]]:
    """What a pointer reads on each mark."""
    return [[html(label), html(text)] for label, text in zip(labels, texts, strict=True)]


def strong(texts: list[str], bold: list[bool]) -> list[str]:
    """Texts with those that the title talks about in bold."""
    return [f"{AIR}<b>{html(t)}</b>{AIR}" if b and t else f"{AIR}{html(t)}{AIR}" if t else "" for t, b in zip(texts, bold, strict=True)]


def fits(texts: Any) -> bool:
    """Whether each text fits over its own column."""
    return all(width(t) + 6 <= PLOT_WIDTH / max(len(texts), 1) for t in texts)


def top(values: list[float | None]) -> float | None:
    """The largest value."""
    return max((v for v in values if v is not None), default=None)


def framed(made: Figure, frame: Frame, texts: list[str], bold: list[bool], *, lying: bool) -> Figure:
    """Axes of a bar chart: labels, a hairline at zero, and room beside the longest bar for its value."""
    if lying:
        made = lying_axis(made, frame.labels, bold)
        made.update_layout(margin_r=max((width(t, bold=True) for t in texts), default=0) + 12, height=36 + ROW * len(frame.labels))
        lows = [v for s in frame.series for v in s.values if v is not None and v < 0]
        return made.update_xaxes(
            visible=True, showticklabels=False, zeroline=True, **({"range": padded(frame)} if lows else {"rangemode": "tozero"})
        )
    places = [(i + 0.5) * PLOT_WIDTH / len(frame.labels) for i in range(len(frame.labels))]
    shown = (
        dict(ticks.thinned(frame, places, PLOT_WIDTH + 20))
        if frame.order == "time"
        else {i: "<br>".join(map(html, wrap(t, PLOT_WIDTH / len(frame.labels) * 0.95, 12))) for i, t in enumerate(frame.labels)}
    )
    emphasis = [f"<b>{t}</b>" if bold and bold[i] else t for i, t in shown.items()]
    made.update_xaxes(type="category", tickmode="array", tickvals=[frame.labels[i] for i in shown], ticktext=emphasis, tickangle=0)
    made.update_yaxes(showticklabels=False, zeroline=True)
    return made.update_layout(height=320, margin_t=24)


def lying_axis(made: Figure, labels: Any, bold: list[bool]) -> Figure:
    """Category labels on the left, first on top, long ones in two lines and then with an ellipsis."""
    said = ["<br>".join(html(line) for line in wrap(label, LABEL_ROOM)) for label in labels]
    strong_said = [f"<b>{t}</b>" if bold and bold[i] else t for i, t in enumerate(said)]
    made.update_yaxes(
        type="category",
        autorange="reversed",
        tickmode="array",
        tickvals=list(labels),
        ticktext=strong_said,
        tickfont_size=13,
        ticks="outside",
        ticklen=8,
        showline=False,
    )
    made.update_layout(meta={"aiser": {"paint": {"yaxis.tickfont.color": "ink", "yaxis.tickcolor": "#00000000"}}})
    return made


def padded(frame: Frame) -> list[float]:
    """A value range with room for the words beside bars below zero."""
    values = [0.0, *(v for s in frame.series for v in s.values if v is not None)]
    span = (max(values) - min(values)) or 1.0
    return [min(values) - 0.14 * span, max(values)]
