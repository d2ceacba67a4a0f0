"""Where a measure is heading: a line, a bend or growth that feeds itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.discover import cycle
from aiser_jupyter.discover.candidate import Candidate, Claim
from aiser_jupyter.discover.regression import Fit, generalised, information, residuals
from aiser_jupyter.discover.series import family
from aiser_jupyter.discover.table import first_row
from aiser_jupyter.discover.words import Numbers, at_moment, capital, each, effect_unit, label, pace, subject, unit
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from aiser_jupyter.discover.evidence import Evidence
    from aiser_jupyter.discover.series import Series
    from aiser_jupyter.discover.table import Relation

Shape = Literal["line", "bend", "growth"]
# A course whose two ends differ by less than this share of its noise is tested, not told.
MIN_STRENGTH = 0.3
WEIGHT = 4.0
# A segment is told where it differs from the rest at this level, and for the total where the rest shows no trend at that one.
APART, STILL = 0.05, 0.01
# Where the rest moves too, a segment must clearly move otherwise to be worth its own sentence.
APART_FROM_MOVING = 0.001
BLOCKS = 5
TWO_YEARS = 730


@dataclass(frozen=True)
class Course:
    """How a series moves: the test of its line and of its bend, the shape chosen, and where it heads at its end."""

    line: Fit
    bend: Fit
    shape: Shape
    p_value: float
    direction: int
    change: float
    noise: float
    fit: float


class Trend:
    """Tests the course of every series, and of every segment that moves unlike the others."""

    name = "trend"

    def tests(self, evidence: Evidence) -> Iterator[Candidate]:
        """One candidate a series; two tests (line and bend) are paid for in its p-value."""
        for series in evidence.series:
            yield candidate(evidence.relation, series, course(series))
        for group in evidence.panels:
            yield from segments(evidence.relation, group)


def course(series: Series) -> Course:
    """Fit and test a line and a bend with errors that remember, a clear calendar cycle taken out."""
    import numpy as np

    y = series.values
    x = cycle.line(series.index)
    cycles = cycle.adjustment(series)
    flat = np.hstack([np.ones((len(y), 1)), cycles])
    straight = np.column_stack([flat, x])
    bent = np.column_stack([straight, x**2])
    line, bend = generalised(y, straight), generalised(y, bent)
    shape = chosen(y, x, flat, bend_p=bend.p_value)
    noise = float(residuals(y, bent).std(ddof=min(bent.shape[1], len(y) - 1)))
    if shape == "line" and bend.p_value < line.p_value:
        shape = "bend"
    if shape == "line":
        direction, change = int(np.sign(line.coefficient)), 2 * line.coefficient
    else:
        slope, curve = np.linalg.lstsq(bent, y, rcond=None)[0][-2:]
        direction, change = int(np.sign(slope + 2 * curve)), abs(slope + curve) if slope * curve > 0 else abs(curve)
    fit = min(information(y, straight), information(y, bent)) if shape != "line" else information(y, straight)
    return Course(line, bend, shape, min(1.0, 2 * min(line.p_value, bend.p_value)), direction, float(change), noise, fit)


def chosen(y: NDArray[np.float64], x: NDArray[np.float64], flat: NDArray[np.float64], *, bend_p: float) -> Shape:
    """A line, unless AICc and blocked cross-validation (Burman, Chow and Nolan 1994) agree on another shape that bends beyond doubt."""
    import numpy as np

    if bend_p > 0.01:
        return "line"
    designs: dict[Shape, NDArray[np.float64]] = {"line": np.column_stack([flat, x]), "bend": np.column_stack([flat, x, x**2])}
    scores: dict[Shape, float] = {shape: information(y, design) for shape, design in designs.items()}
    errors: dict[Shape, float] = {shape: held_out(y, design) for shape, design in designs.items()}
    if y.min() > 0:
        # The likelihood of log y is brought to the scale of y by its Jacobian.
        scores["growth"] = information(np.log(y), designs["line"]) + 2 * float(np.log(y).sum())
        errors["growth"] = held_out(y, designs["line"], logarithm=True)
    best: Shape = min(scores, key=lambda shape: scores[shape])
    return best if errors[best] < errors["line"] else "line"


def held_out(y: NDArray[np.float64], design: NDArray[np.float64], *, logarithm: bool = False) -> float:
    """The mean squared error over five blocks in a row, each predicted from the others."""
    import numpy as np

    total = 0.0
    for block in np.array_split(np.arange(len(y)), BLOCKS):
        rest = np.setdiff1d(np.arange(len(y)), block)
        target = np.log(y[rest]) if logarithm else y[rest]
        guess = design[block] @ np.linalg.lstsq(design[rest], target, rcond=None)[0]
        total += float(((y[block] - (np.exp(guess) if logarithm else guess)) ** 2).sum())
    return total / len(y)


def candidate(
    relation: Relation, series: Series, found: Course, *, large: bool = True, absorbs: tuple[str, ...] = (), share: float = 1.0
) -> Candidate:
    """The test of one series' course."""
    strength = abs(found.change) / max(found.noise, 1e-300)
    size = abs(found.change) / max(abs(float(series.values.mean())), 1e-300)
    measure = (series.measure.name,) if series.measure else ()
    return Candidate(
        kind="trend",
        columns=(*measure, series.calendar.time.name, *(name for name, _ in series.where)),
        where=dict(series.where),
        direction=found.direction,
        p_value=found.p_value,
        support=len(series.values),
        strength=strength,
        impact=min(1.0, size) * share,
        large=large and strength >= MIN_STRENGTH,
        matters=series.measure.matters if series.measure else 1.0,
        claim=partial(claim, relation, series, found),
        fit=found.fit,
        weight=WEIGHT if not series.where else WEIGHT / 2,
        family=family(series),
        absorbs=absorbs,
    )


def segments(relation: Relation, group: tuple[Series, ...]) -> Iterator[Candidate]:
    """Each segment's own course; told only where the segment moves unlike the rest, and instead of the total's where the rest stands still."""
    import numpy as np

    total = family(replace(group[0], where=()))
    for i, part in enumerate(group):
        rest = np.mean([other.values for k, other in enumerate(group) if k != i], axis=0)
        found = course(part)
        x = cycle.line(part.index)
        line = np.column_stack([np.ones(len(x)), x])
        apart = min(generalised(part.values - rest, line).p_value, generalised(part.values - rest, np.column_stack([line, x**2])).p_value)
        still = generalised(rest, line).p_value > STILL
        groupings = tuple(f"difference {part.measure.name if part.measure else ''} by {name}" for name, _ in part.where)
        yield candidate(
            relation,
            part,
            found,
            large=apart < (APART if still else APART_FROM_MOVING),
            absorbs=(total, *groupings) if still else (),
            share=1 / len(group),
        )


def query(relation: Relation, series: Series, margin: float) -> str:
    """SQL for the series with its least-squares line, the line's slope with a margin, and the averages of its thirds."""
    return (
        f"WITH series AS ({series.query(relation)}), "  # noqa: S608  # quoted names and literals
        "numbered AS (SELECT period, value, row_number() OVER (ORDER BY period) - 1 AS step FROM series), "
        "line AS (SELECT count(*) AS periods, min(period) AS first_period, max(period) AS last_period, avg(value) AS average, avg(step) AS middle, "
        "(avg(1.0 * step * value) - avg(step) * avg(value)) / (avg(1.0 * step * step) - avg(step) * avg(step)) AS slope FROM numbered), "
        "thirds AS (SELECT avg(CASE WHEN step * 3 < periods THEN value END) AS early, "
        "avg(CASE WHEN step * 3 >= periods AND step * 3 < 2 * periods THEN value END) AS mid, "
        "avg(CASE WHEN step * 3 >= 2 * periods THEN value END) AS late FROM numbered CROSS JOIN line) "
        "SELECT period, value AS actual, average + slope * (step - middle) AS trend, slope, "
        f"slope - {margin!r} AS slope_low, slope + {margin!r} AS slope_high, "
        "average - slope * middle AS line_start, average + slope * (periods - 1 - middle) AS line_end, "
        "slope * (periods - 1) / abs(average - slope * middle) AS line_change, "
        "first_period, last_period, periods, early, mid, late, (late - early) / abs(early) AS late_change "
        "FROM numbered CROSS JOIN line CROSS JOIN thirds ORDER BY period"
    )


def claim(relation: Relation, series: Series, found: Course) -> Claim:
    """The course in words, its numbers read from its query."""
    from scipy import stats

    steps = float(series.index[-1] - series.index[0]) / 2
    margin = float(stats.t.ppf(0.975, max(found.line.freedom, 4))) * found.line.error / steps
    sql = query(relation, series, margin)
    row = first_row(relation.ask(sql))
    what = capital(subject(series))
    place = " and ".join(f"{label(name)} is {level}" for name, level in series.where)
    at = f" where {place}" if place else ""
    printed, grain = unit(series.measure), series.calendar.grain
    slug = "-".join(
        str(part) for part in ("trend", series.measure.name if series.measure else "rows", *(level for _, level in series.where))
    )
    numbers, per = Numbers(relation, sql, row, slug), pace(series)
    first, last = numbers.day("first_period", grain), numbers.day("last_period", grain)
    began, ended = at_moment(first, grain), at_moment(last, grain)
    straight = found.shape == "line"
    if straight:
        verb = "rose" if found.direction > 0 else "fell"
        change = f", {numbers.text('line_change', 'share', signed=True)}" if row["line_start"] * row["line_end"] > 0 else ""
        slope_unit = "pp" if printed == "share" else printed
        speed = f"{numbers.text('slope', slope_unit, size=True)} {each(grain)}"
        low, high = (numbers.text(end, slope_unit, signed=True) for end in ("slope_low", "slope_high"))
        start, end = numbers.text("line_start", printed), numbers.text("line_end", printed)
        statement = f"{what}{at} {verb} by {speed} (95 % range {low} to {high}), from about {start}{per} {began} to {end} {ended}{change}."
        title = f"{what}{at} {verb} from {start} to {end}{per}"
        effect = float(row["slope"])
    else:
        early, mid, late = (numbers.text(third, printed) for third in ("early", "mid", "late"))
        shape = told(row["early"], row["mid"], row["late"])
        statement = f"{what}{at} {shape}: it averaged {early}{per} in the first third of the time from {first} to {last}, {mid} in the second and {late} in the last."
        title = f"{what}{at} {shape}, to {late}{per}"
        effect = float(row["late"] - row["mid"])
    chart = ChartSpec(
        kind="line", x="period", y=("actual", "trend") if straight else ("actual",), title=title, unit=printed,
        subtitle=f"{what}{at} by {grain}{', with its straight line' if straight else ''}", highlight=("Trend",) if straight else (), reason="A course over time reads best as a line.",
    )  # fmt: skip
    advice = f"Look at what changed around {first} to {last}{at}; that it moved is tested, why it moved is not."
    if series.calendar.grain != "year" and (series.starts[-1] - series.starts[0]).days < TWO_YEARS:
        advice += " Less than two years of data cannot tell a trend from a yearly season."
    return Claim(title, statement, effect, f"{effect_unit(series)} per {grain}".strip(), advice, sql, chart, tuple(numbers.facts))


def told(early: float, mid: float, late: float) -> str:
    """A bend in words, from the averages of its thirds."""
    if (mid - early) * (late - mid) < 0:
        return "fell and then rose" if late > mid else "rose and then fell"
    faster = abs(late - mid) > abs(mid - early)
    return f"{'rose' if late > early else 'fell'} {'faster and faster' if faster else 'more and more slowly'}"
