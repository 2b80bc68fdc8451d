"""Keys that a declaration does not have: what they are probably meant to be."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.language.firing import is_gate
from nnc.language.mistakes import Mistakes
from nnc.numbers.exact import Refused, exact_number, shorten, show_number

KEYS_MEANT = {
    "inputs": "wiring",
    "sources": "wiring",
    "wire": "wiring",
    "wires": "wiring",
    "bias": "threshold",
    "biases": "threshold",
    "limit": "threshold",
    "argmax": "largest",
    "activation": "fires",
    "input": "given",
    "output": "expect",
    "outputs": "expect",
    "expected": "expect",
}
"""Words of other tools, and the keys that they are called here."""
_MAX_NUMBERS = 8  # a list of more is not written out in help


def word_unknown_keys(
    noun: str,
    known: Sequence[str],
    unknown: Sequence[str],
    data: Mapping[str, object],
    mistakes: Mistakes,
) -> None:
    """Add the unknown keys of a mapping; one that stands for a missing key takes its place."""
    meant: dict[str, str] = {}
    for mistake in [
        candidate for candidate in mistakes.collected if candidate.missing and not candidate.path
    ]:
        names = {key: _stands_for(key, mistake.missing, data[key]) for key in unknown}
        stands = {key: name for key, name in names.items() if name is not None}
        if stands:
            mistakes.silence(mistake)
            meant = stands | meant
    for key in unknown:
        word = meant.get(key) or KEYS_MEANT.get(key)
        if key in ("bias", "biases") and "thresholds" in known:
            hint = _bias_help(data, key, "threshold" if "threshold" in known else "thresholds")
        elif key in meant or (word in ("largest", "fires") and word in known):
            hint = f"did you mean `{word}`?"
        else:
            hint = did_you_mean(key, known, otherwise=f"{noun} takes " + ", ".join(known))
        mistakes.add("unknown-key", f"{noun} has no key `{key}`", key, key=True, help=hint)


def _stands_for(key: str, missing: Sequence[str], value: object) -> str | None:
    """Return which of some missing keys another stands for."""
    word = KEYS_MEANT.get(key, "")
    if word == "wiring" and "weights" in missing and isinstance(value, dict):
        word = "weights"
    for name in sorted(missing, key=lambda name: -_ratio(key, name)):
        if name in (word, f"{word}s") or _ratio(key, name) > 0.6:
            return name
    return None


def _ratio(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b).ratio()


def _bias_help(declaration: Mapping[str, object], key: str, name: str) -> str:
    """Say how the threshold called `name` is written that does what a bias would."""
    if is_gate(declaration.get("fires")):
        return "`all` and `any` look at bits alone: remove it"
    bias = declaration[key]
    if name in declaration or "thresholds" in declaration:
        try:
            threshold = exact_number(declaration[name]) - exact_number(bias)
        except (KeyError, Refused):
            return "a bias is subtracted from each threshold: do so, and remove it"
        text = shorten(show_number(threshold))
        return f"a bias is subtracted from the threshold: write `{name}: {text}` without it"
    is_list = isinstance(bias, (list, tuple))
    number = None if is_list and name == "threshold" else _negated(bias)
    if number is not None:
        return f"a bias is the negative threshold: write `{name}: {number}`"
    return f"a bias is the negative threshold: write `{name}` with the opposite sign"


def _negated(value: object) -> str | None:
    """Write a number, or a few of them, with the opposite sign; None for anything else."""
    if isinstance(value, (list, tuple)):
        numbers = [None if isinstance(item, (list, tuple)) else _negated(item) for item in value]
        texts = [number for number in numbers if number is not None]
        is_short = 0 < len(value) <= _MAX_NUMBERS and len(texts) == len(value)
        return f"[{', '.join(texts)}]" if is_short else None
    try:
        number = exact_number(value)
    except Refused:
        return None
    text = str(value) if isinstance(value, str) else show_number(number)
    return shorten(text.removeprefix("-") if number <= 0 else f"-{text}")
