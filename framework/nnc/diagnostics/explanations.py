"""What `nnc explain` says of each rule: why it is one, an example that breaks it, and the fix.

Every example is whole, and is run by the tests: a bad one has its one mistake and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, fill, indent
from typing import Literal, NamedTuple

from nnc.diagnostics.rules import Rule

Kind = Literal["network", "rows", "command", "python"]


class Explanation(NamedTuple):
    """The long form of a rule: `kind` says what its two examples are.

    `shown_bad` is printed instead of a `bad` that is too long, or that nobody could see.
    Bytes that are no UTF-8 stand in `bad` as surrogates: encode with `surrogateescape`.
    `files` lie beside both examples, each with its text, or the Python that makes it if it is no
    YAML.
    """

    why: str
    bad: str
    good: str
    fix: str
    kind: Kind
    shown_bad: str | None = None
    files: Mapping[str, str] = {}


def _about(
    why: str,
    fix: str,
    bad: str,
    good: str,
    kind: Kind = "network",
    shown_bad: str | None = None,
    files: Mapping[str, str] | None = None,
) -> Explanation:
    """Lay the texts of one entry flush, so that the table below can be indented."""
    return Explanation(
        why=" ".join(why.split()),
        bad=dedent(bad).removeprefix("\n"),
        good=dedent(good).removeprefix("\n"),
        fix=" ".join(fix.split()),
        kind=kind,
        shown_bad=None if shown_bad is None else dedent(shown_bad).removeprefix("\n"),
        files={name: dedent(text).removeprefix("\n") for name, text in (files or {}).items()},
    )


def _both(weights: str = "{a: 1, b: 1}", threshold: str = "2", more: str = "") -> str:
    """Write the network that most examples break: one neuron, 1 when both its bits are."""
    return (
        f"nnc: 1\n{more}inputs: [a, b]\nneurons:\n"
        f"  both: {{weights: {weights}, threshold: {threshold}, fires: at_least}}\n"
        "outputs: [both]\n"
    )


def _late(threshold: str) -> str:
    """Write a network that compares one integer with a threshold."""
    return (
        "nnc: 1\ninputs: {minutes: integer}\nneurons:\n"
        f"  late: {{weights: {{minutes: 1}}, threshold: {threshold}, fires: at_least}}\n"
        "outputs: [late]\n"
    )


def _passed(wiring: str, votes: str = "bit(5)") -> str:
    """Write a network that counts the bits of a bus."""
    return (
        f"nnc: 1\ninputs: {{votes: {votes}}}\nneurons:\n"
        f"  passed: {{wiring: {wiring}, threshold: 3, fires: at_least}}\n"
        "outputs: [passed]\n"
    )


def _using(part: str, inputs: str = "[a, b]", outputs: str = "{out: gate.both}") -> str:
    """Write a network that uses another one."""
    return f"nnc: 1\ninputs: {inputs}\nparts:\n  gate: {{{part}}}\noutputs: {outputs}\n"


def _ignoring(code: str, weight: int) -> str:
    """Write a network with a comment that ignores a warning where a weight stands."""
    return (
        "nnc: 1\ninputs: [a, b]\nfires: at_least\nneurons:\n  some:\n    threshold: 1\n"
        f"    weights:\n      a: 1\n      b: {weight}  # nnc: ignore[{code}] not measured yet\n"
        "outputs: [some]\n"
    )


def _layer(weights: str) -> str:
    """Write a network with one layer, its weights in a file."""
    return (
        "nnc: 1\ninputs: {pixels: bit(3)}\nfires: at_least\nlayers:\n"
        f"  seen:\n    wiring: pixels\n    weights:{weights}\n    thresholds: 1\n"
        "outputs: [seen]\n"
    )


_SPARSE = """
      sparse:
        indptr: {{file: seen.safetensors, tensor: {}}}
        indices: {{file: seen.safetensors, tensor: {}}}
        values: {{file: seen.safetensors, tensor: values}}"""


def _npy(name: str, numbers: str, more: str = "") -> dict[str, str]:
    """Write the Python that makes an NPY file."""
    return {name: f'import numpy\n\nnumpy.save("{name}", numpy.array({numbers}{more}))\n'}


def _score(outputs: str, thresholds: str = "{maybe: 3, spam: 5}") -> str:
    """Write a network with two thresholds on one sum."""
    return (
        "nnc: 1\ninputs: {points: integer}\nneurons:\n"
        f"  score: {{weights: {{points: 1}}, thresholds: {thresholds}, fires: at_least}}\n"
        f"outputs: {outputs}\n"
    )


EXPLANATIONS: dict[str, Explanation] = {
    "syntax-error": _about(
        """A network file is YAML, and this text is not: a bracket or quote is left open, a line is
        indented to nowhere, or a colon is missing. What follows the place cannot be trusted, so
        only this mistake is reported; the cause is often a little before the place.""",
        "Close the bracket or quote, or line the entry up with its neighbours.",
        _both(weights="{a: 1, b: 1"),
        _both(),
    ),
    "bad-encoding": _about(
        """A file is read as UTF-8, and these bytes are not. It was probably saved in another
        encoding, such as Latin-1 or UTF-16. Guessing the encoding could change a name without
        anybody noticing.""",
        "Save the file as UTF-8.",
        _both(more="description: Caf\udce9\n"),
        _both(more="description: Café\n"),
        shown_bad=_both(more="description: Caf<E9>      # <E9> is that single byte\n"),
    ),
    "control-character": _about(
        """A control character shows nothing on most screens, so two texts that look the same could
        differ. It often comes from pasting out of a terminal.""",
        r"""Delete it. In a description it may be written inside double quotes, as `\x07`.""",
        _both(more="description: Rings\x07 once.\n"),
        _both(more="description: Rings once.\n"),
        shown_bad=_both(more="description: Rings<07> once.      # <07> is that character\n"),
    ),
    "line-separator": _about(
        """U+0085, U+2028 and U+2029 end a line for some programs and not for others. The file could
        mean one thing here and another elsewhere, and line numbers would differ too.""",
        r"""Press Enter for a new line. In a text, write `\u2028` inside double quotes.""",
        _both(more="description: First.\u2028Second.\n"),
        _both(more='description: "First.\\u2028Second."\n'),
        shown_bad=_both(more="description: First.<2028>Second.      # <2028> is U+2028\n"),
    ),
    "tab": _about(
        """Programs disagree on how wide a tab is, and YAML readers on where one may stand.
        Indenting decides what belongs to what, so nnc takes tabs inside quotes, comments and block
        texts only.""",
        "Use spaces; most editors can be told to do so in YAML files.",
        "nnc: 1\nfires:\tat_least\n" + _both().removeprefix("nnc: 1\n"),
        "nnc: 1\nfires: at_least\n" + _both().removeprefix("nnc: 1\n"),
        shown_bad="nnc: 1\nfires:<tab>at_least\n" + _both().removeprefix("nnc: 1\n"),
    ),
    "duplicate-key": _about(
        """One mapping has the same key twice, and only one of the two can count. Other readers
        silently take the last one, and the neuron or weight written first is gone.""",
        "Remove one of the two, or give it another name.",
        """
        nnc: 1
        inputs: [a, b]
        fires: at_least
        neurons:
          both: {weights: {a: 1, b: 1}, threshold: 1}
          both: {weights: {a: 1, b: 1}, threshold: 2}
        outputs: [both]
        """,
        """
        nnc: 1
        inputs: [a, b]
        fires: at_least
        neurons:
          either: {weights: {a: 1, b: 1}, threshold: 1}
          both: {weights: {a: 1, b: 1}, threshold: 2}
        outputs: [either, both]
        """,
    ),
    "anchor": _about(
        """An anchor `&name` and an alias `*name` let one part of a file stand in several places.
        The reader then has to look elsewhere for what a neuron is, and a few lines can grow to
        gigabytes. A network file says everything where it stands.""",
        "Write the value out where it is needed, and remove the `&name`.",
        _both(threshold="&limit 2"),
        _both(),
    ),
    "tag": _about(
        """A tag such as `!!int` or `!mine` changes what a value is, or has a program build
        something from it. In a network file the place of a value already says what it is.""",
        "Remove the tag.",
        _both(threshold="!!int 2"),
        _both(),
    ),
    "merge-key": _about(
        """The key `<<` copies the keys of another mapping into this one in some YAML readers, and
        is an ordinary key in others. A network file says everything where it stands.""",
        "Write the keys out.",
        _both(threshold="2, <<: {description: 1 when both are}"),
        _both(threshold="2, description: 1 when both are"),
    ),
    "complex-key": _about(
        """A key is a plain text before a colon. YAML also has keys marked with `?` and keys that
        are lists or mappings; none of them can name anything in a network.""",
        "Write `key: value`, with a text as the key.",
        """
        nnc: 1
        inputs:
          ? a
          : bit
          b: bit
        neurons:
          both: {weights: {a: 1, b: 1}, threshold: 2, fires: at_least}
        outputs: [both]
        """,
        """
        nnc: 1
        inputs:
          a: bit
          b: bit
        neurons:
          both: {weights: {a: 1, b: 1}, threshold: 2, fires: at_least}
        outputs: [both]
        """,
    ),
    "directive": _about(
        """A line that starts with `%` tells a YAML reader how to read what follows. A network file
        is YAML 1.2, so `%YAML 1.2` is the only one that would be true.""",
        "Remove the line.",
        "%YAML 1.1\n---\n" + _both(),
        "%YAML 1.2\n---\n" + _both(),
    ),
    "second-document": _about(
        """A line `---` or `...` in the middle of a file starts another document. A network file is
        one document: nnc would have to ignore the second one, or guess which is meant.""",
        "Put the second network into a file of its own, or remove the line.",
        _both() + "---\n" + _both(),
        _both(),
    ),
    "nesting-too-deep": _about(
        """Mappings and lists may stand inside each other 64 deep; the whole file is the first. No
        network needs as much, and a reader that follows any depth can be made to crash. `meta`
        counts too.""",
        "Flatten the value, or keep it in a file of its own.",
        _both(more="meta: " + "[" * 64 + "1" + "]" * 64 + "\n"),
        _both(more="meta: [[[1]]]\n"),
        shown_bad=_both(more="meta: [[[[…1…]]]]      # 64 brackets, inside the mapping\n"),
    ),
    "key-too-long": _about(
        """YAML allows a key 1,024 characters at most, and readers differ in what they do beyond. A
        key that long is usually a text in the wrong place, or a colon that is missing.""",
        "Shorten the key, or make it a value.",
        _both(more="meta: {" + "k" * 1025 + ": 1}\n"),
        _both(more="meta: {k: 1}\n"),
        shown_bad=_both(more="meta: {kkkk…kkkk: 1}      # 1,025 letters\n"),
    ),
    "scalar-too-long": _about(
        """One text in a network file has 64 KiB at most. A longer one is usually data that belongs
        into a file of its own, or a quote that closes too late.""",
        "Shorten the text, or check where its quote closes.",
        _both(more="meta: {notes: " + "x" * 65537 + "}\n"),
        _both(more="meta: {notes: xxxx}\n"),
        shown_bad=_both(more="meta: {notes: xxxx…xxxx}      # 65,537 letters\n"),
    ),
    "empty-value": _about(
        """A key or a dash has nothing after it. YAML calls that null; nnc does not guess whether 0,
        an empty list or a forgotten line was meant.""",
        "Write the value, or remove the key. Nothing at all is `[]` or `{}`.",
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          both:
            weights: {a: 1, b: 1}
            threshold:
            fires: at_least
        outputs: [both]
        """,
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          both:
            weights: {a: 1, b: 1}
            threshold: 2
            fires: at_least
        outputs: [both]
        """,
    ),
    "empty-file": _about(
        """The file has no content but perhaps comments. It may have been cut off while it was
        saved, or be the wrong file.""",
        "Write a network: `nnc: 1`, `inputs`, `neurons` and `outputs`; or start with `nnc new`.",
        "# A network of two bits; still to be written.\n",
        "# A network of two bits.\n" + _both(),
    ),
    "square-bracket-index": _about(
        """An element of a bus is written with round brackets: `a(3)`, `bit(8)`. In YAML a square
        bracket starts a list, so inside `{…}` and `[…]` the text would fall apart.""",
        "Write round brackets. Where `a` is no bus, write the name alone.",
        _both(weights="{a[0]: 1, b: 1}"),
        _both(),
    ),
    "unquoted-comma": _about(
        """Inside `{…}` and `[…]` a comma ends the value. The rest of the text would become a key of
        its own, without a value.""",
        "Put the text in quotes.",
        _both(threshold="2, description: both, not one"),
        _both(threshold='2, description: "both, not one"'),
    ),
    "unsupported-version": _about(
        """`nnc` says which version of the format a file is written in, so that a later version can
        change a rule without changing what old files mean. This nnc reads version 1. As nothing
        else in the file can be judged, this is its only message.""",
        "Write `nnc: 1`, or install the nnc that reads the file's version.",
        _both().replace("nnc: 1", "nnc: 2"),
        _both(),
    ),
    "unknown-key": _about(
        """A key that nnc does not know would do nothing. It is usually a misspelt one, so that a
        threshold or a rule somebody wrote would be ignored.""",
        "Correct the spelling. What is meant for people or other programs goes under `meta`.",
        _both().replace("threshold", "treshold"),
        _both(),
    ),
    "missing-key": _about(
        """Something that cannot be left out is not there. nnc never assumes a threshold, a weight
        or an input that nobody wrote.""",
        "Add the key.",
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          both: {weights: {a: 1, b: 1}, fires: at_least}
        outputs: [both]
        """,
        _both(),
    ),
    "wrong-type": _about(
        """Each place takes one kind of value: a text, a number, a list or a mapping. Here stands
        another one; often a pair of brackets is missing or too many.""",
        "Write the kind of value the message names.",
        _both().replace("[both]", "both"),
        _both(),
    ),
    "exclusive-keys": _about(
        """Two keys stand together of which each says the same thing in its own way, or one says
        what the other makes impossible. It would not be clear which one counts.""",
        "Keep one of them.",
        _both(threshold="2, thresholds: {two: 2}"),
        _both(),
    ),
    "reserved-key": _about(
        """The keys `properties` and `unknown` mean nothing yet, but will in a later version. If
        they were free now, files that use them would change their meaning then.""",
        "Use another name, or put it under `meta`.",
        _both(more="properties: {owner: night shift}\n"),
        _both(more="meta: {owner: night shift}\n"),
    ),
    "unknown-value": _about(
        """The place takes one of a few words, such as `at_least` or `integer`, and this is none of
        them.""",
        "Write one of the words that the message lists.",
        _both().replace("at_least", "at-least"),
        _both(),
    ),
    "bounds-out-of-order": _about(
        """`min` is the least and `max` the greatest value of an input. With `min` above `max` no
        row could ever be accepted.""",
        "Swap the two.",
        _late("15").replace("minutes: integer", "minutes: {type: integer, min: 60, max: 0}"),
        _late("15").replace("minutes: integer", "minutes: {type: integer, min: 0, max: 60}"),
    ),
    "default-out-of-bounds": _about(
        """A default stands in for a value that a row leaves out. It has to be a value that the row
        could have held: of the input's type, and within its bounds. That of a bus is a list, or one
        number for all; of bits an unsigned integer; of a choice one of its values.""",
        "Change the default, or widen the bounds.",
        _late("15").replace("minutes: integer", "minutes: {type: integer, min: 0, default: -1}"),
        _late("15").replace("minutes: integer", "minutes: {type: integer, min: 0, default: 0}"),
    ),
    "bounds-on-bit": _about(
        """A bit has two values and no others, so `min` and `max` say nothing about it. If more are
        meant, the input is an integer or a real.""",
        "Leave `min` and `max` out, or write `type: integer`.",
        _both().replace("[a, b]", "{a: {type: bit, max: 1}, b: bit}"),
        _both().replace("[a, b]", "{a: bit, b: bit}"),
    ),
    "states-equal": _about(
        """`states` gives the value of a bit that is silent and of one that fires. If both are the
        same number, nothing that reads the bit can tell the two apart.""",
        "Write two different numbers, as `[-1, 1]`.",
        _both(more="states: [1, 1]\n"),
        _both(more="states: [-1, 1]\n"),
    ),
    "states-need-fires": _about(
        """With `states: [-1, 1]` a sum is often exactly 0, and then the rule decides. Books on such
        networks differ in which one is usual, so it is not left to the default.""",
        "Write `fires: above` or `fires: at_least`, on the neuron or for the whole file.",
        _both(more="states: [-1, 1]\n").replace(", fires: at_least", ""),
        _both(more="states: [-1, 1]\n"),
    ),
    "bad-size": _about(
        """A bus or a layer has from 1 to 10,000,000 elements, and a part is repeated as often. A
        size is written as a plain integer; it does not depend on anything else in the file.""",
        "Write how many elements there are.",
        _passed("votes", votes="bit(0)"),
        _passed("votes", votes="bit(5)"),
    ),
    "overrides-nothing": _about(
        """A file that extends another changes what it names there. This name is not in the base,
        and as a declaration of its own it is not whole. It is probably misspelt, and the change
        would have no effect.""",
        "Correct the name. To add something new, write it whole.",
        """
        nnc: 1
        extends: base.nn.yaml
        neurons:
          bth: {threshold: 1}
        """,
        """
        nnc: 1
        extends: base.nn.yaml
        neurons:
          both: {threshold: 1}
        """,
        files={"base.nn.yaml": _both()},
    ),
    "not-a-number": _about(
        """A weight, threshold or bound is an integer, a decimal with a point, or a fraction of two
        integers. Words, units, decimal commas and formulas are not read as numbers.""",
        "Write the number in digits: `2`, `0.5`, `-1/3`.",
        _both(threshold="two"),
        _both(),
    ),
    "not-finite": _about(
        """Sums and comparisons are exact, and nothing exact can be said about infinity or NaN. A
        comparison with NaN is never true, so the neuron would silently be dead.""",
        "Write a finite number; an input without a bound needs no `min` or `max`.",
        _late(".inf"),
        _late("15"),
    ),
    "leading-zero": _about(
        """Some YAML readers take `010` as octal, which is 8; others as 10. nnc does not choose, and
        takes no number with a 0 in front that it does not need.""",
        "Leave the zero out. For octal, write the decimal number.",
        _late("010"),
        _late("10"),
    ),
    "number-in-other-base": _about(
        """Some YAML readers read `0x1F`, `0o17` and `0b11` as numbers, others as text. nnc takes
        decimal numbers only.""",
        "Write the number in decimal.",
        _late("0x1F"),
        _late("31"),
    ),
    "underscore-in-number": _about(
        """Old YAML readers take `1_000` as a thousand, YAML 1.2 as a text. The same file would mean
        two things.""",
        "Leave the underscores out.",
        _late("1_000"),
        _late("1000"),
    ),
    "base-60-number": _about(
        """Old YAML readers take `1:30` in base 60, which is 90; YAML 1.2 takes it as a text. A time
        would turn into a number nobody wrote.""",
        "Write one decimal number, in one unit.",
        _late("1:30"),
        _late("90"),
    ),
    "boolean-as-number": _about(
        """YAML readers disagree on which of `true`, `yes`, `on` and `y` are truth values, and
        Python counts true as 1. nnc reads them as texts, and a text is no weight or threshold.""",
        "Write 1 or 0.",
        _both(weights="{a: true, b: 1}"),
        _both(),
    ),
    "quoted-number": _about(
        """Quotes make a text, and YAML readers give programs a text, not a number. Only a fraction
        such as "1/3" may be quoted, because other readers have no fractions anyway.""",
        "Leave the quotes out.",
        _both(threshold='"2"'),
        _both(),
    ),
    "plus-sign": _about(
        """A number is written in one way, and without a sign it is positive. A plus often means
        that a value should be added to one written elsewhere, which nnc cannot do.""",
        "Leave the plus out.",
        _both(weights="{a: +1, b: 1}"),
        _both(),
    ),
    "non-ascii-digit": _about(
        """Many scripts have digits of their own, and some look like another digit: the Bengali 4
        looks like an 8. Numbers are written with 0 to 9.""",
        "Write the digits 0 to 9.",
        _both(threshold="\uff12"),
        _both(),
    ),
    "too-many-digits": _about(
        """Every digit counts, as nothing is rounded, and calculating with very long numbers takes
        very long. A number has 400 digits at most.""",
        "Write a fraction, if that is what it is, or fewer digits.",
        _both(threshold="1." + "3" * 400),
        _both(threshold="4/3"),
        shown_bad=_both(threshold="1.3333…3333") + "# 401 digits\n",
    ),
    "exponent-too-large": _about(
        """Numbers are exact, so `1e1000` would be kept as a thousand digits. An exponent lies
        between -400 and 400.""",
        "Write a smaller exponent, or measure the inputs in another unit.",
        _late("1e1000"),
        _late("1e3"),
    ),
    "denominator-too-large": _about(
        """A neuron is calculated over the common denominator of its numbers, which gets long
        quickly. The denominator of one fraction has 18 digits at most.""",
        "Write a fraction with a smaller denominator, or a decimal.",
        _both(threshold="4000000000000000001/3000000000000000000"),
        _both(threshold="4/3"),
    ),
    "inexact-float": _about(
        """In Python `0.1` is a binary float, slightly more than a tenth. nnc cannot know which of
        the two is meant, and in a comparison it can matter. A float that is exact, such as 0.5, is
        taken.""",
        "Write the number as text, as a Decimal, or as a Fraction.",
        """
        from nnc import Neuron

        Neuron(weights={"a": 0.1, "b": 0.2}, threshold="0.3", fires="at_least")
        """,
        """
        from nnc import Neuron

        Neuron(weights={"a": "0.1", "b": "0.2"}, threshold="0.3", fires="at_least")
        """,
        kind="python",
    ),
    "common-denominator-too-large": _about(
        """To calculate exactly, nnc brings all weights and the threshold of a neuron to one common
        denominator. Many fractions with unlike denominators make it enormous, and every row slow;
        it has 4,096 bits at most.""",
        "Write the weights as decimals with a fixed number of places.",
        "nnc: 1\ninputs: [" + ", ".join(f"x{i}" for i in range(100)) + "]\nneurons:\n"
        "  sum: {weights: {" + ", ".join(f"x{i}: 1/{10**18 - 1 - i}" for i in range(100)) + "},\n"
        "        threshold: 0, fires: above}\noutputs: [sum]\n",
        """
        nnc: 1
        inputs: [x0, x1]
        neurons:
          sum: {weights: {x0: 0.333, x1: 0.143}, threshold: 0, fires: above}
        outputs: [sum]
        """,
        shown_bad="""
        nnc: 1
        inputs: [x0, x1, …]      # 100 in all, and a weight for each
        neurons:
          sum: {weights: {x0: 1/999999999999999999, x1: 1/999999999999999998, …},
                threshold: 0, fires: above}
        outputs: [sum]
        """,
    ),
    "unknown-source": _about(
        """Something reads a name that the file does not declare: no input, neuron, layer or part.
        It is usually misspelt, or what it named was renamed. Names of a used network are not known
        outside it; its outputs are, as `part.output`.""",
        "Correct the name, or declare it.",
        _both(weights="{a: 1, b: 1, c: 1}"),
        _both(weights="{a: 1, b: 1, c: 1}").replace("[a, b]", "[a, b, c]"),
    ),
    "bad-source": _about(
        """A source is the name of an input, neuron or layer, an element or slice of it as `a(3)` or
        `a(0:4)`, one threshold of a neuron as `neuron.threshold`, an output of a part as
        `part.output`, or one of the constants 0 and 1. There are no formulas: the weight says how a
        source counts. `i` is known only in the wiring of a repeated part.""",
        "Write the name alone. To turn a source round, give it a negative weight.",
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          only_a: {weights: {a: 1, not b: 1}, threshold: 2, fires: at_least}
        outputs: [only_a]
        """,
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          only_a: {weights: {a: 1, b: -1}, threshold: 1, fires: at_least}
        outputs: [only_a]
        """,
    ),
    "bad-name": _about(
        """A name is made of letters, digits and `_`, does not start with a digit, and has 200
        characters at most. Other characters have a meaning in sources, as in `score.spam` and
        `a(3)`.""",
        "Choose another name; `_` can stand for a blank or a hyphen.",
        _both().replace("[both]", "{both-on: both}"),
        _both().replace("[both]", "{both_on: both}"),
    ),
    "name-not-nfc": _about(
        """A letter with an accent can be written as one character or as two, which look the same.
        To make names that look the same be the same, they are written with the single character,
        the Unicode normal form C.""",
        "Type the name anew, or have your editor convert the file to NFC.",
        _both().replace("[both]", "{cafe\u0301: both}"),
        _both().replace("[both]", "{café: both}"),
        shown_bad=_both().replace("[both]", "{cafe<301>: both}      # <301> is the accent alone"),
    ),
    "duplicate-name": _about(
        """Inputs, neurons, layers and parts share their names, as a source gives no more than the
        name. With two of one name it would not be clear which is read. Nor may a name stand twice
        in a list.""",
        "Rename one of them.",
        """
        nnc: 1
        inputs: [a, b, c]
        neurons:
          c: {weights: {a: 1, b: 1}, threshold: 2, fires: at_least}
        outputs: [c]
        """,
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          c: {weights: {a: 1, b: 1}, threshold: 2, fires: at_least}
        outputs: [c]
        """,
    ),
    "cycle": _about(
        """A neuron is calculated from its sources. In a circle each one waits for the next, so that
        none can be the first; a weight of 0 does not break it. A layer that reads itself is one,
        and so are wires that lead through parts back to where they start. The message shows the
        shortest way round.""",
        "Remove one of the connections shown.",
        """
        nnc: 1
        inputs: [a, b]
        fires: at_least
        neurons:
          left: {weights: {a: 1, right: -1}, threshold: 1}
          right: {weights: {b: 1, left: -1}, threshold: 1}
        outputs: [left, right]
        """,
        """
        nnc: 1
        inputs: [a, b]
        fires: at_least
        neurons:
          left: {weights: {a: 1}, threshold: 1}
          right: {weights: {b: 1, left: -1}, threshold: 1}
        outputs: [left, right]
        """,
    ),
    "duplicate-source": _about(
        """A neuron has one weight for each element it reads. One that is wired twice is usually a
        slip in a long list, or in a slice that overlaps another; if it is to count twice, a weight
        says so. The constants 0 and 1 may repeat.""",
        "Remove one of the two, or write the weight that they have together.",
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          both: {wiring: [a, b, a], threshold: 3, fires: at_least}
        outputs: [both]
        """,
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          both: {wiring: [a, b], weights: [2, 1], threshold: 3, fires: at_least}
        outputs: [both]
        """,
    ),
    "weight-count": _about(
        """A list of weights goes with the wired elements one by one, so both have the same length.
        A neuron with several thresholds counts as one element for each. A layer has a row of
        weights and a threshold for each of its neurons, and in a row a weight for each wired
        element.""",
        "Add or remove weights; where all are the same, one number will do.",
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          both: {wiring: [a, b], weights: [1], threshold: 2, fires: at_least}
        outputs: [both]
        """,
        """
        nnc: 1
        inputs: [a, b]
        neurons:
          both: {wiring: [a, b], weights: [1, 1], threshold: 2, fires: at_least}
        outputs: [both]
        """,
    ),
    "unknown-port": _about(
        """In `score.spam` the second name is one of a neuron's `thresholds`, a value of a choice,
        or an output of a part, and here is none of that name. Other inputs, a layer, and a neuron
        with a single `threshold` have no such names at all; a part has nothing but its outputs. The
        same is said of a wire to an input that the used network does not have.""",
        "Write one of the names that the message lists.",
        _score("{maybe: score.maybe, spam: score.spm}"),
        _score("{maybe: score.maybe, spam: score.spam}"),
    ),
    "cutoffs-not-ascending": _about(
        """Steps are read like a table, from the lowest cut-off to the highest, each once. Out of
        order, or twice the same (`65` and `65.0` are), they probably hold a slip.""",
        "Sort the cut-offs, each once.",
        """
        nnc: 1
        inputs: {age: integer}
        neurons:
          old: {weights: {age: {75: 2, 65: 1}}, threshold: 2, fires: at_least}
        outputs: [old]
        """,
        """
        nnc: 1
        inputs: {age: integer}
        neurons:
          old: {weights: {age: {65: 1, 75: 2}}, threshold: 2, fires: at_least}
        outputs: [old]
        """,
    ),
    "steps-need-number": _about(
        """Steps give points by how large a value is, so they stand on one integer or real. A bit or
        a neuron has only two values: one weight says it all. On a bus, write them for each
        element.""",
        "Write one number as the weight.",
        _both(weights="{a: {1: 1}, b: 1}"),
        _both(),
    ),
    "gate-needs-bits": _about(
        """`fires: all` and `fires: any` ask whether wires are 1. An integer or a real, or a bit
        with other states, is not always 0 or 1, so it has to be compared with a threshold
        first.""",
        "Wire a neuron that compares the number.",
        """
        nnc: 1
        inputs: {open: bit, people: integer}
        neurons:
          busy: {wiring: [open, people], fires: all}
        outputs: [busy]
        """,
        """
        nnc: 1
        inputs: {open: bit, people: integer}
        neurons:
          many: {weights: {people: 1}, threshold: 10, fires: at_least}
          busy: {wiring: [open, many], fires: all}
        outputs: [busy]
        """,
    ),
    "index-out-of-range": _about(
        """The elements of a bus are counted from 0, so `votes(4)` is the last of five. A slice
        `votes(0:4)` ends before its stop. Nothing is counted from the end, and nothing wraps
        around. In a repeated part `i` runs from 0, and every instance has to find its element; what
        the first or last reads instead stands under `first` and `last`.""",
        "Count from 0, or correct the size of the bus.",
        _passed("[votes(1), votes(3), votes(5)]"),
        _passed("[votes(0), votes(2), votes(4)]"),
    ),
    "no-index": _about(
        """An index picks elements of a bus, a layer or a repeated part. A single value has none,
        nor has a part without `repeat`; only `(0)` is fine on a value.""",
        "Leave the index out, or give the input a size.",
        _both(weights="{a(1): 1, b: 1}"),
        _both(weights="{a: 1, b: 1}"),
    ),
    "size-mismatch": _about(
        """An input of a used network takes as many elements as it is declared with. Too few are not
        filled up, and too many are not cut off. In a list the sources are laid end to end.""",
        "Wire as many elements as the input has; a slice such as `votes(0:3)` takes some.",
        _using("use: passed.nn.yaml, wiring: {votes: [a, b]}", outputs="{out: gate.passed}"),
        _using(
            "use: passed.nn.yaml, wiring: {votes: [a, b, c]}", "[a, b, c]", "{out: gate.passed}"
        ),
        files={"passed.nn.yaml": _passed("votes", votes="bit(3)")},
    ),
    "port-type": _about(
        """An input of a used network takes the values it is declared with. A bit may be wired to an
        integer, and an integer to a real, not the other way round; states have to be the same, and
        whatever the source can be has to lie within `min` and `max`.""",
        "Wire a source whose values fit, or compare the number in a neuron first.",
        _using("use: both.nn.yaml, wiring: {a: a, b: b}", "{a: bit, b: integer}"),
        _using("use: both.nn.yaml, wiring: {a: a, b: b}", "{a: bit, b: bit}"),
        files={"both.nn.yaml": _both()},
    ),
    "missing-wire": _about(
        """Every input of a used network needs a source, or a `default` in its own file. nnc does
        not make it 0.""",
        "Wire the input, or give it a default where it is declared.",
        _using("use: both.nn.yaml, wiring: {a: a}"),
        _using("use: both.nn.yaml, wiring: {a: a, b: b}"),
        files={"both.nn.yaml": _both()},
    ),
    "use-cycle": _about(
        """A network that uses itself, or a file that uses it, would have no end; and a file that
        extends itself no beginning. The message shows the way round.""",
        "Use or extend another file. For many instances in a row, write `repeat`.",
        """
        # This is the file example.nn.yaml.
        nnc: 1
        inputs: [a, b, c]
        parts:
          first: {use: both.nn.yaml, wiring: {a: a, b: b}}
          second: {use: example.nn.yaml, wiring: {a: first.both, b: c, c: 1}}
        outputs: {all: second.all}
        """,
        """
        # This is the file example.nn.yaml.
        nnc: 1
        inputs: [a, b, c]
        parts:
          first: {use: both.nn.yaml, wiring: {a: a, b: b}}
          second: {use: both.nn.yaml, wiring: {a: first.both, b: c}}
        outputs: {all: second.both}
        """,
        files={"both.nn.yaml": _both()},
    ),
    "no-source": _about(
        """A wire carries the values of neurons and inputs. A sum, a level or the place of the
        largest is no such value: it is made for the reader of the results. A network that uses
        another may give it on under `outputs`, as `points: gate.points`.""",
        "Wire the neuron's bit, or a threshold of it.",
        """
        nnc: 1
        inputs: [listed, friend]
        parts:
          filter: {use: mail.nn.yaml, wiring: {listed: listed, friend: friend}}
        neurons:
          alarm: {weights: {filter.points: 1}, threshold: 5, fires: at_least}
        outputs: [alarm]
        """,
        """
        nnc: 1
        inputs: [listed, friend]
        parts:
          filter: {use: mail.nn.yaml, wiring: {listed: listed, friend: friend}}
        outputs: {alarm: filter.spam, points: filter.points}
        """,
        files={
            "mail.nn.yaml": """
            nnc: 1
            inputs: [listed, friend]
            neurons:
              score: {weights: {listed: 7, friend: -4}, threshold: 5, fires: at_least}
            outputs: {spam: score, points: {sum: score}}
            """
        },
    ),
    "network-too-large": _about(
        """Every instance of a part is written out, with signals of its own for all that is in it
        and for its outputs, and one for itself. A network has 33,554,432 signals at most, its
        outputs have as many elements, and as many are wired to the inputs of parts; networks use
        each other 64 deep at most. This is counted before anything of that size is made.""",
        "Write smaller sizes, or repeat less often. For many neurons that read the same sources, a "
        "layer takes less.",
        """
        nnc: 1
        inputs: [a, b]
        parts:
          one: {use: both.nn.yaml, repeat: 10000000, wiring: {a: a, b: b}}
          two: {use: both.nn.yaml, repeat: 10000000, wiring: {a: b, b: a}}
        outputs: {out: one(0).both, other: two(0).both}
        """,
        """
        nnc: 1
        inputs: [a, b]
        parts:
          one: {use: both.nn.yaml, repeat: 10, wiring: {a: a, b: b}}
          two: {use: both.nn.yaml, repeat: 10, wiring: {a: b, b: a}}
        outputs: {out: one(0).both, other: two(0).both}
        """,
        files={"both.nn.yaml": _both()},
    ),
    "too-many-synapses": _about(
        """A layer has as many synapses as its size times its wires, and each instance of a part has
        all that are in it. A network has 8,589,934,592 synapses at most, and 67,108,864 of them may
        stand outside of layers, where each is kept by itself. This is counted before anything of
        that size is made.""",
        "Write a smaller size, or let each neuron read fewer elements: sparse weights count only "
        "what is stored.",
        """
        nnc: 1
        inputs: {pixels: bit(1000000)}
        layers:
          hidden: {wiring: pixels, size: 100000, thresholds: 7}
        outputs: {hidden: hidden}
        """,
        """
        nnc: 1
        inputs: {pixels: bit(1000)}
        layers:
          hidden: {wiring: pixels, size: 100, thresholds: 7}
        outputs: {hidden: hidden}
        """,
    ),
    "alias-of-other-name": _about(
        """An output may have any name, but where it has the name of an input, neuron, layer or
        part, it has to be just that. Otherwise the same word would mean one thing in the file and
        another in the results.""",
        "Choose another name for the output.",
        _both().replace("[both]", "{a: both}"),
        _both().replace("[both]", "{out: both}"),
    ),
    "no-sum": _about(
        """`sum` gives what a neuron adds up before its threshold, `level` counts how many
        thresholds that passes, and `largest` compares the sums of several. An input or a constant
        adds up nothing and has no threshold. The neurons of a part belong to another file, which
        has to give their sum as an output.""",
        "Name a neuron, or an element of a layer.",
        _score("{spam: score.spam, maybe: score.maybe, sum: {sum: points}}"),
        _score("{spam: score.spam, maybe: score.maybe, sum: {sum: score}}"),
    ),
    "thresholds-not-ascending": _about(
        """A level counts thresholds from the lowest to the highest, and its labels stand in that
        order. So the thresholds of the neuron ascend as they are written, no two the same.""",
        "Sort the thresholds from low to high.",
        _score("{verdict: {level: score}}", thresholds="{spam: 5, maybe: 3}"),
        _score("{verdict: {level: score}}", thresholds="{maybe: 3, spam: 5}"),
    ),
    "label-count": _about(
        """With two thresholds there are three levels: below both, between them, above both. Each
        level needs a label, so there is one more than thresholds. For `largest` there is one for
        each neuron.""",
        "Add the missing label, the lowest level first, or remove one.",
        _score("{verdict: {level: score, labels: [maybe, spam]}}"),
        _score("{verdict: {level: score, labels: [ham, maybe, spam]}}"),
    ),
    "labels-not-distinct": _about(
        """The label is all that a result shows of a level, or of the largest. With the same label
        on two of them, nobody could tell which one it was.""",
        "Give each a label of its own.",
        _score("{verdict: {level: score, labels: [ham, spam, spam]}}"),
        _score("{verdict: {level: score, labels: [ham, maybe, spam]}}"),
    ),
    "missing-column": _about(
        """Every input of the network needs a value in every row, and this one has no column. nnc
        does not make it 0. The rows here are for a network with the bits a and b.""",
        "Add the column, or give the input a `default` in the network.",
        "a\n1\n",
        "a,b\n1,0\n",
        kind="rows",
    ),
    "unknown-column": _about(
        """A column has the name of no input, so it changes nothing; it is left out, and said once.
        If it is a misspelt input, correct it. The rows here are for a network with the bits a and
        b.""",
        "Remove the column, or correct its name; `--extra keep` hands it on to the results.",
        "a,b,ward\n1,0,7\n",
        "a,b\n1,0\n",
        kind="rows",
    ),
    "duplicate-column": _about(
        """Two columns, or two keys of one JSON object, have the same name, and only one could
        count. The rows here are for a network with the bits a and b.""",
        "Remove or rename one of the two.",
        "a,b,a\n1,0,0\n",
        "a,b\n1,0\n",
        kind="rows",
    ),
    "bad-value": _about(
        """A value is none that its input can have: a bit is 0 or 1, an integer has no fraction, and
        `min` and `max` hold in every row. Nothing is rounded or cut off. The rows here are for a
        network with the bits a and b.""",
        "Correct the value, or the type or bounds of the input.",
        "a,b\n1,2\n",
        "a,b\n1,1\n",
        kind="rows",
    ),
    "missing-value": _about(
        """A cell is empty. Without a `default` for its input nnc does not know what it means, and
        does not make it 0. The rows here are for a network with the bits a and b.""",
        "Fill the cell, or give the input a `default` in the network.",
        "a,b\n1,\n",
        "a,b\n1,0\n",
        kind="rows",
    ),
    "row-length": _about(
        """A row has more or fewer cells than the header has names, so it is not certain which value
        belongs to which column. The rows here are for a network with the bits a and b.""",
        "Add or remove cells. A text with a comma in it stands in double quotes.",
        "a,b\n1,0,1\n",
        "a,b\n1,0\n",
        kind="rows",
    ),
    "blank-line": _about(
        """A blank line between rows could be a row that was lost. If it were skipped, the results
        would no longer stand beside the rows they belong to. The rows here are for a network with
        the bits a and b.""",
        "Remove the line, or fill it in.",
        "a,b\n1,0\n\n1,1\n",
        "a,b\n1,0\n1,1\n",
        kind="rows",
    ),
    "bad-quoting": _about(
        """A cell that starts with a double quote ends with one, right before the comma or the end
        of the line. Otherwise the cell could swallow the rows after it. The rows here are for a
        network with the bits a and b.""",
        "Close the quote, or write a quote inside a quoted cell twice.",
        'a,b\n"1"0,1\n',
        'a,b\n"1",1\n',
        kind="rows",
    ),
    "bad-json": _about(
        """Rows in JSON are a list of objects, or one object a line, with a key for each input. This
        is no JSON, or JSON of another shape. The rows here are for a network with the bits a and
        b.""",
        "Correct the place that the message names; JSON allows no comma after the last item.",
        '[{"a": 1, "b": 0},]\n',
        '[{"a": 1, "b": 0}]\n',
        kind="rows",
    ),
    "bad-npy": _about(
        """Rows in NPY are one array of numbers with two dimensions, rows x inputs, in the order of
        the network's inputs. Texts, Python objects and other shapes are not taken; objects could
        run code when they are loaded. The network here has the bits a and b.""",
        "Save an array of numbers with one column for each input.",
        """
        import numpy

        numpy.save("rows.npy", numpy.array([["yes", "no"]]))
        """,
        """
        import numpy

        numpy.save("rows.npy", numpy.array([[1, 0]]))
        """,
        kind="python",
    ),
    "no-header": _about(
        """The first line of a CSV file names its columns, and here it holds none, or the file is
        empty. Taking the columns in the order of the inputs would be a guess. The rows here are for
        a network with the bits a and b.""",
        "Add a first line with the names of the inputs.",
        "1,0\n1,1\n",
        "a,b\n1,0\n1,1\n",
        kind="rows",
    ),
    "no-truth-table": _about(
        """`--all` evaluates every row there can be. That needs inputs with a countable, not too
        large number of rows: bits and choices, and each bit more doubles it. An integer or a real
        has no end.""",
        "Hold that input constant with `--set`, or give the rows that matter in a file.",
        "nnc eval late.nn.yaml --all      # its input `minutes` is an integer",
        "nnc eval late.nn.yaml --all --set minutes=15",
        kind="command",
    ),
    "unknown-format": _about(
        """The format of rows is told by the ending of the file's name, and this one has none that
        nnc knows. It does not guess from the content.""",
        "Name the format with `--from` or `--to`, or rename the file.",
        "nnc eval both.nn.yaml rows.txt",
        "nnc eval both.nn.yaml rows.txt --from csv",
        kind="command",
    ),
    "not-representable": _about(
        """Results are exact, and this one has no place in the format asked for: a label or a
        fraction in an array of numbers, or an integer too large for it. It is not rounded.""",
        "Write CSV or JSON, which hold every result.",
        "nnc eval filter.nn.yaml mails.csv --to npy      # `verdict` is a label",
        "nnc eval filter.nn.yaml mails.csv --to csv",
        kind="command",
    ),
    "column-not-input": _about(
        """A column has the name of no input, and that is an error here: `--extra error` asks for
        it, or the name is close to an input that would silently take its default instead.""",
        "Remove the column, or correct its name.",
        "nnc eval both.nn.yaml rows.csv --extra error      # its header: a,b,ward",
        "nnc eval both.nn.yaml rows.csv --extra keep",
        kind="command",
    ),
    "bad-gzip": _about(
        """A file whose name ends in .gz is unpacked while it is read, and any other is not. This
        one is damaged, ends early, or its name says something else than its bytes. What stands in
        front of a damage is not used: rows would silently be missing.""",
        "Copy or pack the file again, or give it the name of what it is.",
        "nnc eval both.nn.yaml rows.csv      # the file is gzip",
        "nnc eval both.nn.yaml rows.csv.gz",
        kind="command",
    ),
    "missing-library": _about(
        """Parquet and Arrow are read and written by pyarrow, which is large and therefore no part
        of a plain installation of nnc. It is not there, or is too old.""",
        'Install it with `pip install "nnc-networks[data]"`, or give the rows in another format.',
        "nnc eval both.nn.yaml rows.parquet      # without pyarrow",
        "nnc eval both.nn.yaml rows.csv",
        kind="command",
    ),
    "bad-parquet": _about(
        """The ending of the name, or `--from`, says that the file is Parquet or Arrow, and its
        bytes are not, or it is damaged or was not written to its end. Every value is checked before
        any is read: an index that is not in its dictionary, a text that is not UTF-8, or fewer rows
        than the file says, count as damage too. Nothing of it is used.""",
        "Write the file again, or name the format that it really has with `--from`.",
        "nnc eval both.nn.yaml rows.parquet      # its text: a,b",
        "nnc eval both.nn.yaml rows.parquet --from csv",
        kind="command",
    ),
    "rows-skipped": _about(
        """Some rows have mistakes, and `--on-error skip` or `--rejects` asks to go on without them.
        So the results have fewer rows than the file. Without these options nothing is written when
        a row is wrong.""",
        "Mend the rows that were left out, which `--rejects` keeps, and evaluate them too.",
        "nnc eval both.nn.yaml rows.csv --on-error skip",
        "nnc eval both.nn.yaml rows.csv --rejects wrong.csv",
        kind="command",
    ),
    "case-failed": _about(
        """A case says what a network gives for one row, and the network gives something else.
        Either a weight or threshold is wrong, or the case is. `nnc test` shows both values.""",
        "Correct the network, or the case.",
        _both() + "cases:\n  - {given: {a: 1, b: 0}, expect: {both: 1}}\n",
        _both() + "cases:\n  - {given: {a: 1, b: 0}, expect: {both: 0}}\n",
    ),
    "bad-case": _about(
        """`given` names inputs and `expect` names outputs, and this name is neither; or a value
        can never be given or expected, or a case file has no rows. A case that checks nothing
        would always hold.""",
        "Correct the name or the value, or remove the case.",
        _both() + "cases:\n  - {given: {a: 1, b: 1}, expect: {bth: 1}}\n",
        _both() + "cases:\n  - {given: {a: 1, b: 1}, expect: {both: 1}}\n",
    ),
    "never-fires": _about(
        """Whatever the inputs are, the sum does not reach the threshold, so the neuron never fires.
        That follows from the weights alone; usually the threshold is too high, or a sign is
        wrong.""",
        "Lower the threshold, or correct a weight.",
        _both(threshold="3"),
        _both(),
    ),
    "always-fires": _about(
        """Whatever the inputs are, the sum reaches the threshold, so the neuron is never silent.
        That follows from the weights alone; usually the threshold is too low, or a sign is
        wrong.""",
        "Raise the threshold, or correct a weight. For a constant, wire `1`.",
        _both(threshold="0"),
        _both(),
    ),
    "unused-input": _about(
        """Nothing reads this input, so its value changes nothing, yet every row has to give it.
        A connection may have been forgotten.""",
        "Connect the input, or remove it.",
        _both().replace("[a, b]", "[a, b, c]"),
        _both(),
    ),
    "unused-neuron": _about(
        """No output depends on this neuron, layer or part, so nobody sees what it gives. A
        connection, or a name under `outputs`, may have been forgotten.""",
        "Connect it, name it under `outputs`, or remove it.",
        """
        nnc: 1
        inputs: [a, b]
        fires: at_least
        neurons:
          either: {weights: {a: 1, b: 1}, threshold: 1}
          both: {weights: {a: 1, b: 1}, threshold: 2}
        outputs: [both]
        """,
        """
        nnc: 1
        inputs: [a, b]
        fires: at_least
        neurons:
          either: {weights: {a: 1, b: 1}, threshold: 1}
          both: {weights: {a: 1, b: 1}, threshold: 2}
        outputs: [either, both]
        """,
    ),
    "zero-weight": _about(
        """A source with weight 0 adds nothing to the sum, whatever it is. That is legal, but often
        a weight that was to be filled in later.""",
        "Write the weight that is meant, or remove the source.",
        _both(weights="{a: 1, b: 1, c: 0}").replace("[a, b]", "[a, b, c]"),
        _both(weights="{a: 1, b: 1, c: -1}").replace("[a, b]", "[a, b, c]"),
    ),
    "same-neuron": _about(
        """Two neurons read the same sources and always give the same bit, although their numbers
        may be written differently. One of them is not needed, or was to be something else.""",
        "Remove one, or correct its weights or threshold.",
        """
        nnc: 1
        inputs: [a, b]
        fires: at_least
        neurons:
          both: {weights: {a: 1, b: 1}, threshold: 2}
          other: {weights: {a: 2, b: 2}, threshold: 4}
        outputs: [both, other]
        """,
        """
        nnc: 1
        inputs: [a, b]
        fires: at_least
        neurons:
          both: {weights: {a: 1, b: 1}, threshold: 2}
          other: {weights: {a: 2, b: 2}, threshold: 2}
        outputs: [both, other]
        """,
    ),
    "sum-can-equal-threshold": _about(
        """Some row makes the sum exactly the threshold. Then `above`, the rule for files that write
        none, gives 0, and `at_least` gives 1. Books differ in which is usual, so it is better
        written.""",
        "Write `fires: above` or `fires: at_least`, on the neuron or for the whole file.",
        _both(threshold="1").replace(", fires: at_least", ""),
        _both(threshold="1").replace("at_least", "above"),
    ),
    "unused-ignore": _about(
        """The comment `# nnc: ignore[CODE]` silences the warnings and notes of its own line that
        have that code. Here the line has none, or none any more: the comment stands on another line
        than the one that the message names, or what it was written for has been corrected. It
        could hide the next mistake that is made there.""",
        "Remove the comment, or only the code; or put it on the line that the warning names.",
        _ignoring("NNC705", weight=1),
        _ignoring("NNC705", weight=0),
    ),
    "bad-ignore": _about(
        """In the comment `# nnc: ignore[CODE, ...] reason` the brackets hold codes or names of
        warnings and notes. One that does not say which, or names what nnc does not know, silences
        nothing. Neither does one that names an error: no network has another meaning because of a
        comment, and one with errors has none.""",
        "Write the code that the warning shows. An error has to be corrected.",
        _ignoring("NNC750", weight=1),
        _ignoring("NNC705", weight=0),
    ),
    "unused-threshold": _about(
        """Each threshold of a neuron is a source with a name of its own. One that no output,
        neuron, layer or part reads decides nothing: its name is misspelt here or where it is read,
        or it is not needed. A sum is the same whatever the thresholds, so it reads none; a `level`,
        and the neuron's bare name, read all.""",
        "Read the threshold, correct its name, or remove it.",
        _score("{spam: score.spam}"),
        _score("{spam: score.spam, maybe: score.maybe}"),
    ),
    "bad-tensor-file": _about(
        """Weights are read from .npy and .safetensors files, which hold numbers and nothing else. A
        pickle, as in .pt files, could run code when it is opened, so nnc never opens one. The same
        is said of a file that is cut short or damaged.""",
        "Save the numbers with numpy.save or safetensors; copy a damaged file again.",
        _layer(" {file: seen.pt}"),
        _layer(" {file: seen.npy}"),
        files=_npy("seen.npy", "[[1, 1, 0], [0, 1, 1]]"),
    ),
    "unknown-tensor": _about(
        """A safetensors file holds several tensors by name, and this one has none of that name.
        Names are those of the program that saved the file; the message lists them.""",
        "Write one of the names in the file.",
        _layer(" {file: seen.safetensors, tensor: seen.weigth}"),
        _layer(" {file: seen.safetensors, tensor: seen.weight}"),
        files={
            "seen.safetensors": """
            import numpy
            from safetensors.numpy import save_file

            save_file({"seen.weight": numpy.array([[1, 1, 0], [0, 1, 1]])}, "seen.safetensors")
            """
        },
    ),
    "tensor-shape": _about(
        """The weights of a layer are size x fan-in: a row for each neuron, and in it a number for
        each wired element. Thresholds are one a neuron. Some programs store weights the other way
        round.""",
        "Save the transposed array, or wire as many elements as a row has.",
        _layer(" {file: seen.npy}"),
        _layer(" {file: turned.npy}"),
        files=_npy("seen.npy", "[[1, 0], [1, 1], [0, 1]]")
        | _npy("turned.npy", "[[1, 1, 0], [0, 1, 1]]"),
    ),
    "tensor-type": _about(
        """Weights are integers, booleans or floats of at most 64 bits, and mean exactly the number
        stored. Texts, complex numbers, objects and bfloat16 are not taken.""",
        "Convert the array to one of the types that the message names.",
        _layer(" {file: texts.npy}"),
        _layer(" {file: seen.npy}"),
        files=_npy("texts.npy", '[["1", "1", "0"]]') | _npy("seen.npy", "[[1, 1, 0]]"),
    ),
    "tensor-not-finite": _about(
        """A weight is NaN or infinite, so no sum with it is a number: the neuron would silently be
        dead. It usually comes from a training that diverged, or a division by zero.""",
        "Look at how the weights were made, and save finite ones.",
        _layer(" {file: lost.npy}"),
        _layer(" {file: seen.npy}"),
        files=_npy("lost.npy", "[[1, numpy.nan, 0]]") | _npy("seen.npy", "[[1, 1, 0]]"),
    ),
    "wrong-digest": _about(
        """`sha256` says which file is meant, to the byte. This one is another: it was trained anew,
        changed, or not copied whole. Without `sha256` any file of that name is taken.""",
        "Get the right file; or, if this is the one you mean, write its digest.",
        _layer(
            "\n      file: seen.npy\n      sha256: "
            "e0bc6e1f52f84502396592fbea13bc8b34e60cc0d35846cfae141b89f139b558"
        ),
        _layer(
            "\n      file: seen.npy\n      sha256: "
            "889432f599288e44b3178b503b9a0a4df4f4f296be1017eb4c806dd32bc006e0"
        ),
        files=_npy("seen.npy", "[[1, 1, 0]]", ", dtype=numpy.int8"),
    ),
    "bad-sparse": _about(
        """Sparse weights are three arrays. The entries of neuron i are those from indptr[i] to
        before indptr[i+1]; `indices` has the place in the wiring of each entry, `values` its
        weight. So `indptr` has one number more than there are neurons, starts with 0 and ends with
        the number of entries.""",
        "Save the arrays of a CSR matrix, as SciPy has them, each in its place.",
        _layer(_SPARSE.format("indices", "indptr")),
        _layer(_SPARSE.format("indptr", "indices")),
        files={
            "seen.safetensors": """
            import numpy
            from safetensors.numpy import save_file

            arrays = {"indptr": [0, 2, 3], "indices": [0, 1, 2], "values": [1, 1, 1]}
            save_file({key: numpy.array(one) for key, one in arrays.items()}, "seen.safetensors")
            """
        },
    ),
    "cannot-open": _about(
        """The file is not there, is a directory, or may not be read; or it cannot be written, also
        because another program changed it since it was read: then it is left as it is. The command
        ends with exit code 2.""",
        "Check the path, and that the file may be read, or written; run it again.",
        "nnc validate nets/xr.nn.yaml",
        "nnc validate nets/xor.nn.yaml",
        kind="command",
    ),
    "file-too-large": _about(
        """A network file has 128 MiB at most, so that a wrong file does not fill the memory. The
        command ends with exit code 2.""",
        "Raise the limit with `--max-bytes`, if it is the right file.",
        "nnc validate large.nn.yaml      # 200,000,000 bytes",
        "nnc validate --max-bytes 250000000 large.nn.yaml",
        kind="command",
    ),
    "outside-project": _about(
        """A network reads other files only below the project root, so that a network from elsewhere
        cannot reach yours. Without `--root` that is the nearest folder upward with a `.git`, else
        the folder of the network file. Links are followed before it is judged.""",
        "Move the file below the root, or name a higher folder with `--root`.",
        "nnc test --root nets nets/xor.nn.yaml      # its cases: {file: ../cases.csv}",
        "nnc test --root . nets/xor.nn.yaml",
        kind="command",
    ),
    "no-network-files": _about(
        """A directory stands for the files `*.nn.yaml` and `*.nn.yml` below it, and there are none;
        or a pattern matches nothing. A check that looked at no file must not look like a
        success.""",
        "Check the path. A file with another name can be given by name.",
        "nnc validate docs/",
        "nnc validate configs/",
        kind="command",
    ),
    "bad-compiled": _about(
        """A file that `nnc compile -o` has written knows the SHA-256 of its header, and that of
        each of its tensors: they tell a file that was cut short or changed. The header is checked
        whenever a network is loaded, every tensor by `--verify`, by `nnc validate`, `nnc test` and
        `nnc compile`, and always in a file below 1 MiB. Digests can be made anew, so these also
        refuse numbers that contradict each other, and a network that is not what its sources
        compile to. A newer nnc may write a form that this one does not read, and a safetensors file
        that `nnc compile` did not write holds weights, and no network. In standard input, `use` and
        `extends` only the text of a network can stand.""",
        "Compile the network again, copy the file again, or name the network that uses the "
        "weights.",
        "nnc eval model.safetensors --set x=1      # the weights",
        "nnc eval model.nn.yaml --set x=1",
        kind="command",
    ),
    "stale-compiled": _about(
        """A compiled network knows the SHA-256 of the file that it was made of, and of each file
        that this one used. Where the sources are found, from the folder of the compiled network
        upward to the project root, and one of them has changed or is gone, the compiled network
        may give other answers than they do. It is used all the same, and `nnc validate` cannot
        compare it with what they compile to.""",
        "Compile the network again.",
        "nnc validate --strict adder.nnc      # adder.nn.yaml was changed",
        "nnc compile adder.nn.yaml -o adder.nnc",
        kind="command",
    ),
    "not-compared": _about(
        """`nnc validate` and `--verify` check a compiled network to its last byte, and that all its
        numbers follow from its weights, sources and thresholds. That tells damage and
        contradictions, but not which network it is: so they also compile its sources again, and
        every byte must be the same. Here they could not, for the reason told: the sources are not
        there, from the folder of the compiled network upward to the project root, the network was
        compiled from Python or standard input, or its sources are not valid for this nnc.""",
        "Validate it where its sources are, or compile it again.",
        "nnc validate /tmp/adder.nnc      # far from adder.nn.yaml",
        "nnc validate nets/adder.nnc      # beside adder.nn.yaml",
        kind="command",
    ),
    "not-formatted": _about(
        """Every network has one text: where lines break, what is aligned and how far things are
        indented follow from what is written. With --check or --diff, `nnc fmt` tells the files
        that are laid out in another way, and leaves them as they are.""",
        "Run `nnc fmt` on the file, and commit what it writes.",
        "nnc fmt --check nets",
        "nnc fmt nets",
        kind="command",
    ),
    "unproved-format": _about(
        """Before a file is replaced, the new text is read again: it must have the same values in
        the same order, the same comments, and stay as it is when it is formatted once more. Here
        it would not, which is a mistake of nnc. The file was not touched.""",
        "Report it, with the file; until then leave that file out.",
        "nnc fmt nets",
        "nnc fmt nets/other.nn.yaml",
        kind="command",
    ),
    "digest-renewed": _about(
        """With --digest, `nnc fmt` writes the SHA-256 of every weight file beside its name, where
        it is missing or is that of another file. Other commands then refuse a weight file that has
        changed. That a digest was renewed means that the weights are no longer those of before.""",
        "Nothing, if you have changed the weights; else get the file back that you had.",
        "nnc fmt --digest nets/digits.nn.yaml",
        "nnc validate nets/digits.nn.yaml",
        kind="command",
    ),
    "git-failed": _about(
        """Revisions are read by the program `git`, which has to be installed and in the PATH. What
        it says when it fails stands in the message.""",
        "Install git, or do what its own words ask for.",
        "nnc validate --changed-since main    # without git",
        "nnc validate",
        kind="command",
    ),
    "no-repository": _about(
        """A revision is looked up in the repository that the file lies in: the nearest folder
        upward with `.git`, or the one that GIT_DIR names. Git itself refuses a repository of
        another user until `safe.directory` allows it.""",
        "Name a file in a repository, or make one with `git init`.",
        "nnc validate --changed-since main /tmp/alone.nn.yaml",
        "nnc validate --changed-since main nets",
        kind="command",
    ),
    "unknown-revision": _about(
        """A revision is written as git takes it: a branch, a tag, a commit, `HEAD~2`, `@{u}`. A
        shallow clone, as a CI server makes it, lacks most commits and branches.""",
        "Write a revision that the repository has; in CI fetch the whole history first.",
        "nnc validate --changed-since mian",
        "nnc validate --changed-since main",
        kind="command",
    ),
    "not-in-revision": _about(
        """The revision has no file of that path, under this name: it may have been added later,
        or renamed. Files of submodules are not in the repository that uses them.""",
        "Name the file as it was called then, or a revision that has it.",
        "nnc log nets/adderr.nn.yaml",
        "nnc log nets/adder.nn.yaml",
        kind="command",
    ),
    "missing-object": _about(
        """The repository knows of a commit, a folder or a file, but does not have it: the clone is
        shallow, or the repository is damaged.""",
        "Fetch what is missing: `git fetch --unshallow`, and see what `git fsck` says.",
        "nnc log adder.nn.yaml    # in a clone of depth 1",
        "nnc log adder.nn.yaml    # after git fetch --unshallow",
        kind="command",
    ),
    "merge-conflict": _about(
        """After `nnc git install`, git merges networks by neuron and synapse. Where both sides
        changed the same weight, threshold or declaration, the lines of both stand in the file,
        between markers. Where each side is valid and the merge is not, as when one renames a
        neuron that the other begins to use, there are no markers: the message tells what is
        wrong.""",
        "Write what is meant, check it, and then `git add` the file.",
        "nnc validate adder.nn.yaml    # with markers in it",
        "nnc validate adder.nn.yaml    # before git add",
        kind="command",
    ),
    "attributes-damaged": _about(
        """`nnc git install` writes its lines in .gitattributes between two marks, and removes only
        what stands between them. A mark is gone, or stands there twice.""",
        "Remove the marks and the lines between them by hand, and install again.",
        "nnc git uninstall    # with one mark deleted",
        "nnc git uninstall",
        kind="command",
    ),
}
"""The explanation of every rule by its name, in the order of the codes."""


def given(name: str) -> str:
    """Introduce a file that lies beside the examples."""
    return f"Given the file {name}:" if name.endswith(".yaml") else f"Given {name}, made by:"


def as_text(rule: Rule, about: Explanation) -> str:
    """Give the explanation of a rule for a terminal."""
    parts = [
        f"{rule.code} {rule.name} ({rule.severity})\n{rule.summary}",
        fill(about.why, 88),
        *(
            given(name) + "\n\n" + indent(text, "    ").rstrip()
            for name, text in about.files.items()
        ),
        "For example:\n\n" + indent(about.shown_bad or about.bad, "    ").rstrip(),
        "Better:\n\n" + indent(about.good, "    ").rstrip(),
        fill(f"Fix: {about.fix}", 88),
    ]
    return "\n\n".join(parts) + "\n"
