"""The README's promises: two commands that CI runs as they stand, and its figures."""

import gzip
import re
import subprocess
import tomllib
from fractions import Fraction
from itertools import combinations_with_replacement

import nnc
from tests.support.documents import ROOT, blocks

README = ROOT / "README.md"


def test_the_two_commands_are_those_that_ci_runs() -> None:
    shown = [block for block in blocks(README) if block.language == "sh"]
    assert [block.mark for block in shown] == ["<!-- ci: evaluate -->", "<!-- ci: test -->"]
    assert all(len(block.lines) == 1 for block in shown)
    run = subprocess.run(
        ["bash", ROOT / ".ci/run", "--commands"], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == [block.lines[0] for block in shown]


def test_each_command_works_alone() -> None:
    for block in blocks(README):
        if block.language == "sh":
            steps = block.lines[0].split(" && ")
            assert steps[0] == "python3 -m venv .venv"
            assert all(step.startswith(".venv/bin/") for step in steps[1:])
            for path in re.findall(r"\S+/\S+\.\w+", steps[2]):
                assert (ROOT / path).is_file()


def test_it_is_read_in_minutes() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 160


def test_every_extra_is_in_the_table() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    rows = re.findall(r"^\| (`\w.*?`) \|", README.read_text("utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == {*project["optional-dependencies"]} - {"test", "dev", "bench"}


def test_the_figures_on_exactness() -> None:
    pairs = [(Fraction(a, 100), Fraction(b, 100))
             for a, b in combinations_with_replacement(range(1, 100), 2)]  # fmt: skip
    above = sum(float(a) + float(b) > float(a + b) for a, b in pairs)
    short = sum(float(a) + float(b) < float(a + b) for a, b in pairs)
    text = " ".join((ROOT / "docs/exactness.md").read_text("utf-8").split())
    assert f"the {len(pairs):,} pairs of weights from 0.01 to 0.99" in text
    assert f"exceeds the threshold in {above / len(pairs):.1%}".replace("%", " %") in text
    assert f"falls short of it in {short / len(pairs):.1%}".replace("%", " %") in text
    for a, b in pairs[::50]:
        network = nnc.loads(f"""
nnc: 1
inputs: [a, b]
neurons:
  above:    {{weights: {{a: {a}, b: {b}}}, threshold: {a + b}, fires: above}}
  at_least: {{weights: {{a: {a}, b: {b}}}, threshold: {a + b}, fires: at_least}}
outputs: [above, at_least]
""")
        assert nnc.evaluate(network, {"a": 1, "b": 1}) == {"above": 0, "at_least": 1}


def test_the_figures_on_digits() -> None:
    labels = (ROOT / "configs/digits/held-labels-idx1-ubyte.gz").read_bytes()
    count = len(gzip.decompress(labels)) - len(bytes(8))
    assert f"reads {count} handwritten digits" in " ".join(README.read_text("utf-8").split())
