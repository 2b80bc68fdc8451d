"""The one text of a file: golden layouts, comments, and random files laid out at random."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.language.document.parser import find_comments
from nnc.language.document.reader import read_document
from nnc.language.document.text import Document
from nnc.language.formatting import formatted as module
from nnc.language.formatting.formatted import Unproved, formatted, is_same
from nnc.language.formatting.parse import ParsedText, read_tree
from tests.support.relaid import Relaid
from tests.support.strategies import EVERY, example

CONFIGS = Path(__file__).parents[3] / "configs"
FILES = sorted(CONFIGS.rglob("*.nn.yaml"))


def read(text: str) -> Document:
    document = read_document(text.encode(), "f")
    assert document.diagnostics == [], text
    return document


def fmt(text: str) -> str:
    result = formatted(read(text))
    assert formatted(read(result)) == result
    return result


def comments(text: str) -> list[str]:
    return [text[one.start : one.end].rstrip() for one in find_comments(text)]


# --------------------------------------------------------------------------------- golden

LAYOUTS = {
    "short neurons are aligned": (
        ("neurons: {carry: {weights: {a: 1,b: 1},threshold: 1},\n"
        " sum: {weights: {a: 1, b: 1, carry: -2}, threshold: 0}}"),
        ("neurons:\n"
        "  carry: {weights: {a: 1, b: 1},            threshold: 1}\n"
        "  sum:   {weights: {a: 1, b: 1, carry: -2}, threshold: 0}\n"),
    ),
    "long neurons have one synapse a line": (
        "neurons:\n  n: {threshold: 1, weights: {"
        + ", ".join(f"{name * 9}: 1" for name in "abcdefgh") + "}}",
        "neurons:\n  n:\n    threshold: 1\n    weights:\n"
        + "".join(f"      {name * 9}: 1\n" for name in "abcdefgh"),
    ),
    "long wirings have one synapse a line": (
        f"neurons:\n  n: {{wiring: [{', '.join(name * 12 for name in 'abcdefgh')}], fires: any}}",
        "neurons:\n  n:\n    wiring:\n"
        + "".join(f"      - {name * 12}\n" for name in "abcdefgh")
        + "    fires: any\n",
    ),
    "other long lists fill lines": (
        f"inputs: [{', '.join('abcde' * 4 for _ in range(7))}]",
        "inputs:\n  [" + ", ".join(["abcde" * 4] * 4) + ",\n   "
        + ", ".join(["abcde" * 4] * 3) + "]\n",
    ),
    "rows of cases fill lines behind their key": (
        "cases:\n- expect: {}\n  given: {" + ", ".join(f"{name * 12}: 1" for name in "abcdefgh")
        + "}",
        "cases:\n  - expect: {}\n    given: {" + ", ".join(f"{name * 12}: 1" for name in "abcde")
        + ",\n            " + ", ".join(f"{name * 12}: 1" for name in "fgh") + "}\n",
    ),
    "blank lines: one at most, none at a start": (
        "\n\nnnc: 1\n\n\nneurons:\n\n  a: {fires: all}\n\n\n  b: {fires: any}\n\n",
        "nnc: 1\n\nneurons:\n  a: {fires: all}\n\n  b: {fires: any}\n",
    ),
    "spellings of numbers stay": (
        "a: [ 1.50, .5,1e-3 , -0, '1/3', \"2/6\" ]",
        'a: [1.50, .5, 1e-3, -0, "1/3", "2/6"]\n',
    ),
    "quotes are double where nothing needs escapes": (
        "a: ['it''s', 'say \"a\"', 'a\\b', \"\\u2028\", plain]",
        "a: [\"it's\", 'say \"a\"', 'a\\b', \"\\u2028\", plain]\n",
    ),
    "a text that needs quotes in brackets stands in a line of its own": (
        "inputs:\n  a:\n    type: bit\n    description: one, two [3]",
        "inputs:\n  a:\n    type: bit\n    description: one, two [3]\n",
    ),
    "block scalars stay": (
        "a:\n    b: >-\n       one\n       two\n\n         more\n    c: |+\n         x\n\nd: 1",
        "a:\n  b: >-\n    one\n    two\n\n      more\n  c: |+\n    x\n\nd: 1\n",
    ),
    "a block scalar that starts with a blank says how far it is in": (
        "a: |4\n      two\n    four",
        "a: |2-\n    two\n  four\n",
    ),
    "texts of many lines keep their lines": (
        "a: one\n   two  \n\n   three\nb: \"x \\\n      y\"",
        "a: one\n  two\n\n  three\nb: \"x \\\n  y\"\n",
    ),
    "directive, marks, byte-order mark go, and CRLF is LF": (
        "\ufeff%YAML 1.2\r\n---\r\nnnc: 1\r\n...\r\n",
        "nnc: 1\n",
    ),
    "comments behind the end mark stay": (
        "a: 1\n# b\n... # c\n# d\n\n  # e\n",
        "a: 1\n# b\n# c\n# d\n\n# e\n",
    ),
    "a comment after the end of brackets": ("{a: [1]}\n...\n\n# x\n", "a: [1]\n\n# x\n"),
    "a comment after the end of nothing": ("{}\n...\n# x\n", "{}\n\n# x\n"),
    "wide characters count twice": (
        "neurons:\n  비비: {fires: all}\n  a: {fires: any}",
        "neurons:\n  비비: {fires: all}\n  a:    {fires: any}\n",
    ),
    "a lone dash is quoted: it is plain in brackets only": ("meta: {a: -}", 'meta: {a: "-"}\n'),
    "a list": ("- [a]\n-   b: 1", "- [a]\n- {b: 1}\n"),
    "a text": ("# a\n'x'  # b\n# c", '# a\n"x"\n# b\n# c\n'),
    "empty brackets with comments": ("a: { # b\n # c\n }\nd: [ # e\n ]", None),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name: str) -> None:
    before, after = LAYOUTS[name]
    if after is None:
        after = "# b\n# c\na: {}\nd: []  # e\n"
    assert fmt(before) == after


def test_more_than_sixteen_lines_are_not_aligned() -> None:
    def text(count: int) -> str:
        return fmt("inputs:\n" + "".join(f"  {'x' * i}: bit\n" for i in range(1, count + 1)))

    assert "  x:                bit\n" in text(16)
    assert "  x: bit\n" in text(17)


COMMENTS = """\
# yaml-language-server: $schema=network.schema.json

# about the file
nnc: 1  # behind a value
# above a key
inputs: [a, b]
neurons:  # behind a key
  # above the first neuron
  n:
    weights:
      a: 1  # inside brackets
      # above b
      b: 2
      # at the end of the weights
    threshold: 1
    # at the end of n
  # at the end of the neurons

  m: {wiring: [a], fires: all}  # behind the whole
               # and under it
outputs: [n]
meta:
  text: |  # in the header of a block scalar
    # not a comment
# at the end
"""


def test_comments_stay_beside_what_they_are_beside() -> None:
    squeezed = """\

# yaml-language-server: $schema=network.schema.json



# about the file
nnc:     1 # behind a value
# above a key
inputs: [a,
  b]
neurons:    # behind a key
        # above the first neuron
        n: {weights: {a: 1, # inside brackets
             # above b
             b: 2
             # at the end of the weights
             }, threshold: 1
             # at the end of n
             }
        # at the end of the neurons

        m: {wiring: [a], fires: all} # behind the whole
                                     # and under it
outputs:
- n
meta:
    text: |      # in the header of a block scalar
      # not a comment
# at the end
"""
    expected = COMMENTS.replace("               # and under it", " " * 32 + "# and under it")
    assert fmt(squeezed) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".nn.yaml"))
def test_the_networks_people_use_are_formatted(path: Path) -> None:
    text = path.read_text("utf-8")
    assert formatted(read_document(text.encode(), str(path))) == text


# --------------------------------------------------------------------------------- random


def hold(rng: Random) -> None:
    """Lay a random network out at random: its values and comments hold, and the text is final."""
    document = read(example(rng, features=EVERY).text)
    assert isinstance(document.value, dict)
    relaid = Relaid(rng, rng.choice((0, 0.1, 0.3)))
    text = relaid.text(document.value)
    again = read(text)
    assert is_same(again.value, document.value), text
    assert comments(text) == relaid.comments
    result = fmt(text)
    assert is_same(read(result).value, document.value), text
    assert comments(result) == relaid.comments


def test_files_laid_out_at_random(chunk: int) -> None:
    rng = Random(f"formatted {chunk}")
    for _ in range(200):
        hold(rng)


@given(st.randoms(use_true_random=False))
def test_files_that_shrink(rng: Random) -> None:
    hold(rng)


# ---------------------------------------------------------------------------------- proof


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("nnc: 2  # c\n", "its values would not be the same"),
        ('nnc: "1"  # c\n', "its values would not be the same"),
        ("nnc: 1  # d\n", "its comments would not be the same"),
        ("nnc:   1  # c\n", "formatting it again would change it again"),
    ],
)
def test_nothing_is_given_that_is_not_proved(
    broken: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = iter((broken, "nnc: 1  # c\n"))

    def wrong(_: ParsedText) -> str:
        return next(texts)

    monkeypatch.setattr(module, "_text_of", wrong)
    with pytest.raises(Unproved, match=message):
        formatted(read("nnc:  1 # c"))


def test_a_large_file_is_fast() -> None:
    neurons = "".join(
        f"  n{i}: {{weights: {{a:  1, b: -1}}, threshold: 0}}\n" for i in range(20_000)
    )
    text = f"nnc: 1\ninputs: [a, b]\nneurons:\n{neurons}outputs: [n0]\n"
    assert fmt(text) == text.replace("a:  1", "a: 1")


def test_deep_nesting() -> None:
    text = "meta: " + "[" * 62 + "a" + "]" * 62
    assert read_tree(fmt(text)).values == read_tree(text).values


def test_a_block_scalar_that_is_the_whole_file() -> None:
    assert fmt("# a\n--- |\n  b\n  c: d\n") == "# a\n|\n  b\n  c: d\n"
    assert fmt("|\n  b\n") == "|\n  b\n"
