"""The forecast as a page: for each rule a chart, and the figures below it. No script, nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retention.runtime.forecast import Forecast, RuleForecast
from retention.runtime.pages import page, write_page

HEIGHT, STEP, BAR = 120, 28, 18  # of a chart, from bar to bar, and of a bar; in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One month of a chart: ``due`` and, above it, ``held``, each with its upper edge and height."""

    month: str
    x: int
    due: int
    due_y: int
    due_height: int
    held: int
    held_y: int
    held_height: int
    year: str  # where one begins; else empty


def bars(rule: RuleForecast) -> tuple[Bar, ...]:
    most = max((one.due + one.held_back for one in rule.months), default=0) or 1
    found = []
    for place, one in enumerate(rule.months):
        due, held = _height(one.due, most), _height(one.held_back, most)
        starts = place == 0 or one.month.endswith("-01")
        found.append(
            Bar(
                month=one.month,
                x=place * STEP,
                due=one.due,
                due_y=HEIGHT - due,
                due_height=due,
                held=one.held_back,
                held_y=HEIGHT - due - held,
                held_height=held,
                year=one.month[:4] if starts else "",
            )
        )
    return tuple(found)


def _height(groups: int, most: int) -> int:
    """Something is seen of whatever there is."""
    return max(2, round(groups * HEIGHT / most)) if groups else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """What the template draws, in pixels: a chart for each rule of which something can be said."""

    rules: tuple[tuple[RuleForecast, tuple[Bar, ...]], ...]
    width: int
    height: int = HEIGHT
    bar: int = BAR


def charts(forecast: Forecast) -> Charts:
    drawn = tuple((rule, bars(rule)) for rule in forecast.rules if not rule.refusal)
    return Charts(rules=drawn, width=STEP * len(forecast.months))


def forecast_html(forecast: Forecast) -> str:
    """One file; it holds no value of a person."""
    return page("forecast", forecast=forecast, charts=charts(forecast))


def write_forecast(path: Path, text: str) -> None:
    """Replaces the file in one step. Raises RetentionError R520 where it cannot be written."""
    write_page(path, text, "R520", "the forecast")
