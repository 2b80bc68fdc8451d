"""`nnc solve --in-place`: numbers take the place of blanks, and no other byte changes."""

import re
from pathlib import Path

import pytest

import nnc as library
from tests.support.running import Nnc

LINES = {
    "nnc": "nnc: 1   # the version",
    "fires": "fires: at_least",
    "inputs": "inputs: {a: bit, b: bit, votes: bit(2), n: {type: integer, min: 0}}",
    "neurons": "neurons:",
    "layers": "layers: {}",
    "outputs": "outputs: {out: out}",
    "cases": "cases:\n  - {given: {a: 1, b: 0, votes: [1, 0], n: 7}, expect: {out: 1}}\n"
    "  - {given: {a: 0, b: 1, votes: [0, 1], n: 2}, expect: {out: 0}}   # two _ rows, 0..5",
}
# What stands in angle quotes is a blank, and nothing else is.
NEURONS = [
    "out: {weights: {a: «_», b: «_»}, threshold: «_»}",
    "out: { weights: {a: «_» , b: «0..5» },threshold:   «_»   }   # _ and 0..5 stay here",
    "out:\n    weights:\n      a: «_»   # _\n      b: «..-1»\n    threshold: «1..»",
    "out: {weights: {a: «_»}, threshold: «_»}   # &w {a: _} *w <<: _ !tag _ ? _",
    "out: {weights: {a: «'_'», b: «\"0..5\"»}, threshold: «'_'»}",
    "out: {weights: {votes: «_»}, threshold: «_»}",
    "out: {weights: {votes: [«_», «0..2»], a: 1}, threshold: «2..2»}",
    "out: {wiring: [a, b, votes], weights: «_», threshold: «_»}",
    (
        "out: {wiring: [a, b, votes],\n        weights: [«_», «0..», «..0»,   # half\n"
        "                  «_»],\n        threshold: «_»}"
    ),
    "out: {weights: {n: {5: «_», 9: «0..»}}, threshold: «_»}",
    "out: {weights: {n: {above 5: «1..», above 9: «0..2»}}, threshold: «_»}",
    "out: {weights: {a: «_»}, thresholds: {_: «_»}}",
    (
        "ö: {weights: {a: «_»}, threshold: «_»}   # \U0001f600 _\n"
        "  out: {weights: {ö: «_»}, threshold: «_»}"
    ),
    "out: {description: 'a\ttab', weights: {a: «_»}, threshold: «_»}   #\t_\ttabs\t",
    "'out':\n     'weights':   {\"a\":   «_»}\n     \"threshold\":\n       «_»",
    "out: {weights: {a: «0.5..1.5»}, threshold: «0.25..»}",
    "out: {weights: {a: «-1/3..1e1»}, threshold: «1..»}",
    "out: {description: 'a: _, b: 0..5', weights: {a: «_»}, threshold: «_»}",
    (
        "out:\n    description: |\n      weights: _\n      threshold: _\n"
        "    weights: {a: «_»}\n    threshold: «_»"
    ),
    "out: {weights: {_: «_»}, threshold: «_»}\n  _: {weights: {a: «_»}, threshold: «_»}",
]
LAYERS = [
    "{h: {wiring: [a, b], weights: «_», thresholds: «_», size: «1..2»}}",
    "{h: {wiring: [a, b], weights: «_», thresholds: «0..», size: 2}}",
    "{h: {wiring: [a, b], weights: [«_», [1, «_»]], thresholds: [«_», «0..3»]}}",
    (
        "\n  h:\n    wiring: votes\n    weights:\n      - «_»   # a row\n      - [«_»,\n"
        "         «0..»]\n    thresholds: «_»"
    ),
    "{h: {wiring: votes, weights: [[«_», «_»], «1..2», [0, 1]], thresholds: 1}}",
    "{h: {wiring: a, weights: [«_»], thresholds: [«_»]}}",
    "{h: {wiring: a, weights: [[«_»]], thresholds: «_»}}",
    "{h: {wiring: [a, n], weights: «-5..5», thresholds: [«1..»], size: 1}}",
    "{h: {wiring: [a, b], size: «2..3», weights: «'_'», thresholds: «\"_\"»}}",
    "{h: {wiring: [a, b], weights: [«_», «_»], thresholds: 1}}\n\n\n# _\n",
    "{h: {wiring: [votes, a], weights: [[«_», 1, «..0»]], thresholds: [ «_» ]}}  # [ _ ]",
]
READS_H = "out: {weights: {h: «_»}, threshold: «_»}"
FILES = [
    *({**LINES, "neurons": f"neurons:\n  {text}"} for text in NEURONS),
    *({**LINES, "neurons": f"neurons:\n  {READS_H}", "layers": f"layers: {text}"}
      for text in LAYERS),
]  # fmt: skip


def test_there_are_thirty_one_files() -> None:
    assert len({tuple(lines.values()) for lines in FILES}) == 31


FORMS = [("", "\n"), ("", "\r\n"), ("\ufeff", "\n"), ("\ufeff", "\r\n")]


@pytest.mark.parametrize("place", range(31))
def test_only_the_bytes_of_blanks_change(nnc: Nnc, place: int, full: bool) -> None:
    for mark, end in FORMS if full else [FORMS[place % 4]]:
        check(nnc, place, mark, end)


def check(nnc: Nnc, place: int, mark: str, end: str) -> None:
    marked = mark + "\n".join(FILES[place].values()).replace("\n", end)
    if place % 5:
        marked += end  # else the file ends in its last word
    file = Path("many.nn.yaml")
    file.write_bytes(re.sub("[«»]", "", marked).encode())
    ran = nnc("solve", file.name, "--in-place", "--decimals", "2")
    assert ran.code == 0, ran.out
    assert nnc("test", file.name).code == 0
    assert library.load(file).open == ()
    kept = map(re.escape, re.split("«.*?»", marked))
    number = r"-?[0-9.]+"
    numbers = rf"({number}|\[.*\])"
    assert re.fullmatch(numbers.join(kept), file.read_bytes().decode())
