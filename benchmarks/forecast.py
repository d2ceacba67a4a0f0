"""Forecasts of the M3 competition's monthly series against what came: sMAPE and MASE beside the naive forecasts, and how often intervals held.

Series spread over those at hand, 18 months ahead as in the competition (Makridakis and Hibon 2000), with the competition's own forecasts beside ours.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from aiser_jupyter.discover.forecast import LEVELS, forecast, naive, seasonal_naive

DATA = Path(__file__).parents[2] / "shared/data/discovery/m3_monthly.jsonl"
# Forecasts handed in to the competition, beside the data.
PUBLISHED = ("naive2", "theta", "forecastpro")


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--series", type=int, default=100)
    count = options.parse_args().series
    if not DATA.exists():
        print("the shared data are not beside this checkout")
        return
    lines = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    chosen = lines[:: max(1, len(lines) // count)][:count]
    rows = {name: [] for name in ("aiser", "naive", "seasonal naive", *PUBLISHED)}
    held: dict[int, list[float]] = {level: [] for level in LEVELS}
    used: dict[str, int] = {}
    for item in chosen:
        past, future = np.array(item["history"], dtype=float), np.array(item["future"], dtype=float)
        ahead = len(future)
        found = forecast(past, ahead, 12)
        used[found.method] = used.get(found.method, 0) + 1
        scale = np.abs(past[12:] - past[:-12]).mean() if len(past) > 24 else np.abs(np.diff(past)).mean()
        for name, mean in (
            ("aiser", np.array(found.values)),
            ("naive", naive(past, ahead, 1)[0]),
            ("seasonal naive", seasonal_naive(past, ahead, 12)[0]),
            *((n, np.array(item[n])) for n in PUBLISHED),
        ):
            rows[name].append(
                (200 * np.mean(np.abs(future - mean) / (np.abs(future) + np.abs(mean))), np.abs(future - mean).mean() / scale)
            )
        for level in LEVELS:
            held[level].append(float(np.mean((future >= np.array(found.low[level])) & (future <= np.array(found.high[level])))))
    for name, figures in rows.items():
        smape, mase = np.mean(figures, axis=0)
        print(f"{name:15} sMAPE {smape:.2f} MASE {mase:.3f}")
    print(
        f"{len(chosen)} series; intervals held "
        + ", ".join(f"{level} %: {100 * np.mean(h):.1f} %" for level, h in held.items())
        + f"; used {used}"
    )


if __name__ == "__main__":
    main()
