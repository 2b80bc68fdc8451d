"""Expressions of the Open-PSA format that are no rational numbers, and random ones at their mean.

The format: Epstein, Rauzy, "Open-PSA Model Exchange Format", 2.0d, section V. The laws of failure
are those of its reference, SCRAM 0.16. Each is computed with 60 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal, DecimalException, localcontext
from fractions import Fraction

DIGITS = 60  # of the computations, so that what cancels leaves far more than a table holds

Law = Callable[..., Decimal]


class Undefined(Exception):
    """An expression has no value for its arguments."""


def computed(name: str, arguments: Sequence[Fraction]) -> Fraction | None:
    """Return the value of a function; None for one that is not known.

    Raises Undefined where the arguments do not fit, or are outside of what it is defined for.
    """
    counts, law = LAWS.get(name, ((), None))
    if law is None:
        return None
    if len(arguments) not in counts:
        wanted = " or ".join(map(str, counts))
        raise Undefined(f"<{name}> has {len(arguments)} arguments, not {wanted}")
    with localcontext(Context(prec=DIGITS)):
        try:
            decimals = [
                Decimal(argument.numerator) / argument.denominator for argument in arguments
            ]
            return Fraction(law(*decimals))
        except (DecimalException, ArithmeticError, ValueError):
            raise Undefined(f"<{name}> has no value for its arguments") from None


def _failed(rate: Decimal, time: Decimal) -> Decimal:
    """Return the probability that a process of a rate has occurred by a time."""
    if rate < 0 or time < 0:
        raise ValueError("a negative rate or time")
    return 1 - (-rate * time).exp()


def _glm(gamma: Decimal, failure: Decimal, repair: Decimal, time: Decimal) -> Decimal:
    rate = failure + repair
    decay = (-rate * time).exp()
    return (failure - (failure - gamma * rate) * decay) / rate


def _weibull(scale: Decimal, shape: Decimal, shift: Decimal, time: Decimal) -> Decimal:
    if time <= shift:
        return Decimal(0)
    return 1 - (-(((time - shift) / scale) ** shape)).exp()


def _periodic_test(*arguments: Decimal) -> Decimal:
    if len(arguments) == 4:
        return _with_instant_repair(*arguments)
    if len(arguments) == 5:
        return _with_instant_test(*arguments)
    return _with_long_test(*arguments)


def _with_instant_repair(rate: Decimal, period: Decimal, first: Decimal, time: Decimal) -> Decimal:
    """Return the unavailability where each test restores a component at once."""
    if time <= first:
        return _failed(rate, time)
    since = (time - first) % period
    return _failed(rate, since or period)


def _both(repair: Decimal, failure: Decimal, time: Decimal) -> Decimal:
    """Return the probability that a failure follows a repair within a time."""
    repaired, failed = _failed(repair, time), _failed(failure, time)
    if repair == failure:
        return failed - (1 - failed) * failure * time
    return (failure * repaired - repair * failed) / (failure - repair)


def _with_instant_test(
    failure: Decimal, repair: Decimal, period: Decimal, first: Decimal, time: Decimal
) -> Decimal:
    """Return the unavailability where a test takes no time, and a repair has a rate."""
    if time <= first:
        return _failed(failure, time)

    def carried(span: Decimal) -> Decimal:
        lost = _both(repair, failure, span) - _failed(failure, span)
        return 1 - _failed(repair, span) + lost

    probability = _failed(failure, first)
    count = int((time - first) / period)
    fraction, failed = carried(period), _failed(failure, period)
    compound = fraction**count
    probability = probability * compound + failed * (compound - 1) / (fraction - 1)
    rest = time - first - count * period
    return probability * carried(rest) + _failed(failure, rest)


def _with_long_test(*arguments: Decimal) -> Decimal:
    """Return the unavailability where a test takes a time, and may fail or miss a failure."""
    failure, in_test, repair, period, first, at_start, *others = arguments
    duration, is_available, detected, at_restart, time = others
    if time <= first:
        return _failed(failure, time)
    failed = _failed(failure, first)
    repaired, available = Decimal(0), 1 - failed

    def after_repair(span: Decimal) -> Decimal:
        return _failed(repair, span) * at_restart + (1 - at_restart) * _both(repair, failure, span)

    def test(span: Decimal, *, counts: bool = True) -> None:
        nonlocal failed, repaired, available
        survived = (1 - at_start) * (1 - _failed(in_test, span))
        unrepaired = failed + available * (1 - survived)
        failed = repaired * after_repair(span) + (1 - detected) * unrepaired
        repaired = (1 - _failed(repair, span)) * repaired + detected * unrepaired
        available = 1 - failed - repaired - (0 if counts else available * survived)

    def run(span: Decimal) -> None:
        nonlocal failed, repaired, available
        failed += available * _failed(failure, span) + repaired * after_repair(span)
        repaired *= 1 - _failed(repair, span)
        available = 1 - failed - repaired

    count = int((time - first) / period)
    if count > MAX_PERIODS:
        raise ValueError("too many tests")
    for _ in range(count):
        test(duration)
        run(period - duration)
    rest = time - first - count * period
    test(min(rest, duration), counts=rest > duration or bool(is_available))
    if rest > duration:
        run(rest - duration)
    return 1 - available


def _lognormal(*arguments: Decimal) -> Decimal:
    """Return the mean: of a mean, an error factor and a level it is the first."""
    if len(arguments) == 3:
        return arguments[0]
    mean, deviation = arguments
    return (mean + deviation * deviation / 2).exp()


def _histogram(low: Decimal, *bins: Decimal) -> Decimal:
    """Return the mean of a histogram, of an end and then for each bin its end and its weight."""
    total = weights = Decimal(0)
    for high, weight in zip(bins[::2], bins[1::2], strict=True):
        total += weight * (low + high) / 2
        weights += weight
        low = high
    return total / weights


MAX_PERIODS = 100_000  # tests in a mission whose duration counts
MAX_BINS = 1_000

DEVIATES: Mapping[str, tuple[Sequence[int], Law]] = {
    "uniform-deviate": ((2,), lambda low, high: (low + high) / 2),
    "normal-deviate": ((2,), lambda mean, _: mean),
    "lognormal-deviate": ((2, 3), _lognormal),
    "gamma-deviate": ((2,), lambda shape, scale: shape * scale),
    "beta-deviate": ((2,), lambda alpha, beta: alpha / (alpha + beta)),
    "histogram": (range(3, 2 * MAX_BINS, 2), _histogram),
}
"""Random numbers, of which the mean counts."""

LAWS: Mapping[str, tuple[Sequence[int], Law]] = {
    "exponential": ((2,), _failed),
    "GLM": ((4,), _glm),
    "Weibull": ((4,), _weibull),
    "periodic-test": ((4, 5, 11), _periodic_test),
    "exp": ((1,), Decimal.exp),
    "log": ((1,), Decimal.ln),
    "log10": ((1,), Decimal.log10),
    "sqrt": ((1,), Decimal.sqrt),
    "pow": ((2,), lambda base, power: base**power),
    **DEVIATES,
}
"""Functions by name, with the counts of arguments that each may have."""
