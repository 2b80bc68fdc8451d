"""Rows -> a score of few terms: `nnc.fit`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from nnc.activity import Activity
from nnc.numbers.exact import Number, Refused, exact_number
from nnc.scores.cells import MOST_TERMS, has_kernels
from nnc.scores.columns.table import table_of
from nnc.scores.columns.terms import TermOptions
from nnc.scores.fitting import Fit, FitOptions, FittedCard
from nnc.scores.goals import GOALS, Goal, GoalName, check_costs, read_limit
from nnc.scores.proof import Proof
from nnc.scores.selection import automatic, fit_table

if TYPE_CHECKING:
    from nnc.run.tables import Rows


MAX_TERMS = 20

__all__ = ["Fit", "FitSettings", "FittedCard", "GoalName", "Proof", "fit", "has_kernels"]


class FitSettings(TypedDict, total=False):
    """The settings of a score; see `nnc.fit`."""

    positive: object
    output: str
    goal: GoalName
    terms: int | Literal["auto"]
    points: tuple[int, int]
    cutoffs: int | Mapping[str, Sequence[object]]
    cost: Mapping[str, object]
    signs: Mapping[str, Literal["+", "-"]]
    keep: Mapping[str, int]
    limits: Collection[str]
    leave_out: Collection[str]
    test: object
    seed: int
    pool: int
    proof: bool
    seconds: float
    threads: int


_CHOICES: Mapping[str, Collection[str]] = {
    "cost": ("miss", "false_alarm"),
    "signs": ("+", "-"),
}


def options_of(label: str, settings: FitSettings) -> FitOptions:
    """Return the options that settings stand for. Raises TypeError and ValueError."""
    unknown = settings.keys() - FitSettings.__annotations__.keys()
    if unknown:
        raise TypeError(f"nnc.fit has no setting {min(unknown)!r}")
    low, high = settings.get("points", (-5, 5))
    asked, pool = settings.get("terms", MOST_TERMS), settings.get("pool", 1)
    terms = MOST_TERMS if asked == "auto" else asked
    if low >= high or max(-low, high) > 100:
        raise ValueError(f"points is {(low, high)!r}; write the least and the most, up to 100")
    if not 1 <= terms <= MAX_TERMS or pool < 1:
        raise ValueError(f"there are 1 to {MAX_TERMS} terms, and 1 or more cards in the pool")
    for term, value in settings.get("keep", {}).items():
        if not isinstance(value, Integral) or not 0 < abs(value) <= 100:
            raise ValueError(
                f"keep: {term!r} has {value!r}; points are from -100 to 100, and not 0"
            )
    test = settings.get("test")
    share = float(test) if isinstance(test, int | float) else None
    if share is not None and not 0 < share < 1:
        raise ValueError(f"test is {test!r}; a share is above 0 and below 1")
    positive = settings.get("positive")
    if positive is not None:
        positive = str(int(positive) if positive in (0, 1) else positive)
    options = FitOptions(
        label=label,
        positive=positive,
        output=settings.get("output"),
        terms=terms,
        low=low,
        high=high,
        columns=_columns(settings),
        goal=_goal(settings),
        signs={name: 1 if sign == "+" else -1 for name, sign in settings.get("signs", {}).items()},
        kept=settings.get("keep", {}),
        test=share if share is not None or test is None else table_of(test),
        seed=settings.get("seed", 0),
        pool=pool,
        proves=settings.get("proof", True),
        seconds=settings.get("seconds", 60.0),
        threads=settings.get("threads", 0),
    )
    if asked != "auto":
        return options
    cutoffs = settings.get("cutoffs")
    return automatic(options, cutoffs if isinstance(cutoffs, int) else None)


def _columns(settings: FitSettings) -> TermOptions:
    cutoffs = settings.get("cutoffs", 4)
    left_out = tuple(settings.get("leave_out", ()))
    if isinstance(cutoffs, int):
        if cutoffs < 1:
            raise ValueError(f"cutoffs is {cutoffs}; write 1 or more")
        return TermOptions(cutoffs, left_out=left_out)
    try:
        by_column = {
            name: tuple(sorted({exact_number(cut) for cut in cuts}))
            for name, cuts in cutoffs.items()
        }
    except Refused as error:
        raise ValueError(f"cutoffs: {error.message}") from None
    return TermOptions(cutoffs_of=by_column, left_out=left_out)


def _goal(settings: FitSettings) -> Goal:
    name, cost = settings.get("goal", "loss"), settings.get("cost", {})
    if name not in GOALS:
        raise ValueError(f"goal is {name!r}; write one of {', '.join(GOALS)}")
    wrong = [each for each in cost if each not in _CHOICES["cost"]]
    wrong += [each for each in settings.get("signs", {}).values() if each not in _CHOICES["signs"]]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is neither a cost, miss or false_alarm, nor a sign, + or -")
    costs: dict[str, Number] = {each: exact_number(value) for each, value in cost.items()}
    if any(value <= 0 for value in costs.values()):
        raise ValueError("a cost is above 0")
    try:
        check_costs(costs)
        limits = tuple(map(read_limit, settings.get("limits", ())))
    except Refused as error:
        raise ValueError(f"{error.message}; {error.help}") from None
    return Goal(name, costs.get("miss", 1), costs.get("false_alarm", 1), limits)


def fit(network: None, rows: Rows, label: str, **settings: Unpack[FitSettings]) -> Fit:
    """Find a score of few terms for rows, proved to be the best, as `nnc fit` does.

    `rows` are a mapping of columns, a list of mappings, an array, whose columns are `x0`, `x1` and
    so on, or a frame; `label` is the column to predict. `network` is None: `nnc.train` fills the
    numbers that a network leaves open.

    `settings` are `positive`, the value of the label that counts as 1; `output`, its name; `goal`,
    `loss`, `accuracy` or `auc`; `terms`, how many at most, or "auto", which chooses them and
    `cutoffs` by cross-validation; `points`, (-5, 5);
    `cutoffs`, how many of a number, or `{"age": [65, 80]}`; `cost`, `{"miss": 5}`; `signs`,
    `{"age": "+"}`; `keep`, `{"age >= 65": 2}`; `limits`, `["false_alarms<=0.05"]`; `leave_out`,
    columns; `test`, a share or other rows, and `seed`; `pool`, how many of the best; `proof`, False
    to search only; `seconds`, when the proof ends; `threads`, 0 for all.

    A terminal, or a notebook, shows how far it is. Where the proof has not ended after `seconds`,
    its status is `stopped`: the score is the best that was found, and may not be the best of all.

    The result has `network`, `card` with its terms, points, threshold, odds and quality, `cards`
    where there is a pool, and `proof`. Floats count as the shortest decimal that reads back.

    Raises InvalidRowsError where the rows, or columns that are named, do not allow a score, no
    score keeps the limits, or the native kernels are missing that build one; ValueError and
    TypeError for settings that mean nothing. More in docs/fitting.md.

    >>> import nnc
    >>> rows = {"age": [70, 66, 71, 30, 31, 45], "sick": [1, 1, 1, 0, 0, 0]}
    >>> found = nnc.fit(None, rows, "sick", cutoffs=5)
    >>> [(term.label, points) for term, points in zip(found.card.terms, found.card.points)]
    [('age >= 60', 1)]
    >>> found.proof.status, nnc.evaluate(found.network, {"age": 60})
    ('proved', {'sick': 1, 'points': 1})
    """
    if network is not None:
        raise TypeError("fit builds a score from rows; call nnc.train for a network")
    options = options_of(label, settings)
    with fit_progress(terms_bounded) as tick:
        return fit_table(table_of(rows), options, tick)


@contextmanager
def fit_progress(words: Callable[[int, int], str]) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that reports progress if a fit takes longer than a second."""
    state = [""]

    def tick(done: int, of: int) -> None:
        state[0] = words(done, of)

    with Activity(lambda: state[0]):
        yield tick


def terms_bounded(done: int, of: int) -> str:
    """Return the progress of the proof of a score."""
    return f"{done:,} of {of:,} choices of terms bounded"
