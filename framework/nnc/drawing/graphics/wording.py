"""The words in pictures: types, rules, cut-offs, wiring and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from nnc.compiler.graph import NeuronNode
from nnc.diagnostics.diagnostic import KeyPath
from nnc.drawing.graphics.model import Row
from nnc.language.network import BITS, COMPARISONS, FIRING, Fires, Input, Part, Threshold
from nnc.language.network import Limit as Cutoff
from nnc.language.references import CONSTANTS, name_in
from nnc.numbers.exact import Number, counted, shorten, show_number


def type_text(input_: Input) -> str:
    """Write the type of an input, its bounds and its default."""
    if input_.of is not None:
        text = "choice"
    else:
        text = f"{input_.type}({input_.size})" if input_.size is not None else input_.type
    ends = [None if end is None else show_number(end) for end in (input_.min, input_.max)]
    if any(end is not None for end in ends):
        text += f" {ends[0] or ''}…{ends[1] or ''}"
    if input_.type == "bit" and input_.state_values != BITS:
        text += f" {' or '.join(map(show_number, input_.state_values))}"
    if input_.default is not None:
        default = input_.default
        value = (
            default
            if isinstance(default, str)
            else ",".join(map(show_number, default[:8]))
            if isinstance(default, tuple)
            else show_number(default)
        )
        text += f" = {value}"
    return text


def rule_text(fires: Fires, node: NeuronNode, blanks: Mapping[KeyPath, str]) -> str:
    """Write how a neuron fires, with its thresholds where they are few; some may be blanks."""
    if fires not in COMPARISONS:
        return f"{fires} of {len(node.sources)}"
    if not node.ports:
        blank = blanks.get(("neurons", node.name, "threshold"))
        return f"Σ {FIRING[fires].sign} {blank or show_number(node.thresholds[0])}"
    own = [blanks.get(("neurons", node.name, "thresholds", port)) for port in node.ports]
    limits = [
        f"{FIRING[node.rule(i)].sign} {own[i] or show_number(number)}"
        for i, number in enumerate(node.thresholds)
    ]
    return f"Σ {', '.join(limits)}" if len(limits) < 3 else counted(len(limits), "threshold")


def cutoff_text(cutoff: Cutoff) -> str:
    """Write a cut-off below its step; one that begins after its number says so."""
    if isinstance(cutoff, Threshold):
        return f"{FIRING[cutoff.rule].sign}{show_number(cutoff.number)}"
    return show_number(cutoff)


def sources_text(rows: Sequence[Row]) -> str:
    """Say in a title what a neuron adds up."""
    texts = []
    for row in rows:
        if row.cutoffs or row.note:
            cuts = [row.note, *row.cutoffs] if row.note else row.cutoffs
            points = row.texts() if row.note else row.texts()[1:]
            steps = ", ".join(f"{cut}: {each}" for cut, each in zip(cuts, points, strict=False))
            texts.append(f"{row.source} {{{steps}}}")
        elif len(set(row.texts())) == 1:
            texts.append(f"{row.texts()[0]} {row.source}")
        elif row.weights:
            texts.append(f"[{', '.join(row.texts())}] {row.source}")
        else:
            texts.append(row.source)
    return " + ".join(texts)


def wiring_note(part: Part, port: str, name: str, input_: Input) -> str:
    """Say beside a port what its wires do not show."""
    notes = []
    for where, ports in (("", part.wiring), ("first", part.first), ("last", part.last)):
        for text in (ports or {}).get(port, ()):
            own = name_in(text) == name
            if own:
                text = "↺ " + text.removeprefix(name)
            if own or text in CONSTANTS or where:
                notes.append(f"{where} {text}".strip())
            elif text not in (name_in(text), f"{name_in(text)}(i)"):
                notes.append(text)
    if not notes and port not in part.wiring and input_.default is not None:
        notes.append("default")
    return " · ".join(notes)


def bus_text(values: Sequence[Number]) -> str:
    """Write the values of a bus: of bits as an unsigned integer, of others one by one."""
    if len(values) > 1 and set(values) <= {0, 1}:
        return show_number(sum(int(bit) << i for i, bit in enumerate(values)))
    return ",".join(map(show_number, values[:32])) + (",…" if values[32:] else "")


def value_text(value: str | None) -> str:
    """Say a value in a title, which may be cut in the picture."""
    return "" if value is None else f" = {shorten(value, 400)}"


MOST_CHARACTERS = 16  # of a number in a picture


def brief_number(number: Number) -> str:
    """Write a number exactly, and one of very many digits rounded to four: `≈2.700e41`.

    The title of its box has it exactly.
    """
    text = show_number(number)
    if len(text) <= MOST_CHARACTERS:
        return text
    sign, size = "-" if number < 0 else "", abs(Fraction(number))
    above, below = size.numerator, size.denominator
    exponent = len(show_number(above)) - len(show_number(below))
    exponent -= size < Fraction(10) ** exponent
    digits = int(size * Fraction(10) ** (3 - exponent) + Fraction(1, 2))
    if digits == 10_000:
        digits, exponent = 1000, exponent + 1
    return f"≈{sign}{digits // 1000}.{digits % 1000:03}e{exponent}"
