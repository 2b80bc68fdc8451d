"""Verdicts, what is left, certificates and reasons are the same in every process, byte for byte."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = """\
import sys
from pathlib import Path
from random import Random
import nnc
from nnc.proofs.certification import certified_outputs, certified_properties
from nnc.differences.answer import compare_checked
from nnc.proofs.answer import ProofSuite
from nnc.opening.checking import check, check_file
from tests.proofs.circuit.test_wide import drawn
from tests.support.claims import Drawing
from tests.support.netlists import random_neurons

count = int(sys.argv[1])
rng = Random("seeds")
for text in [*(Drawing(rng).text for _ in range(count)), *(drawn(rng) for _ in range(count))]:
    suite = ProofSuite(check(text.encode(), "<text>"), budget=1)
    results = list(suite.run())
    print(results, suite.lints())
    if suite.wrong_assumptions() == []:
        print(certified_properties(suite, results, budget=1))
folder = Path("configs/arithmetic")
pairs = [(folder / "adder_4.nn.yaml", folder / "lookahead_4.nn.yaml")]
checked = [tuple(check_file(str(file)) for file in pair) for pair in pairs]
checked.append(tuple(check(t.encode(), "<text>") for t in random_neurons(10 * count, 1)))
for before, after in checked:
    comparison = compare_checked(before, after, budget=1)
    print(comparison.structure, comparison.behaviour.verdicts)
    print(certified_outputs(before, after, comparison.behaviour, budget=1))
print(nnc.why(nnc.load(folder / "comparator_2.nn.yaml"), dict(a1=0, a0=1, b1=1, b0=0)))
"""


def told(seed: str, count: int) -> str:
    """Return what a process says that hashes texts in its own way."""
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SCRIPT, str(count)]
    return subprocess.run(
        command, cwd=ROOT, env=env, check=True, capture_output=True, text=True
    ).stdout  # fmt: skip


def test_hash_seeds(full: bool) -> None:
    count = 20 if full else 1
    first, *others = [told(seed, count) for seed in ("1", "7", *(("0", "123") if full else ()))]
    assert "kind='equal'" in first
    assert "'refuted'" in first
    assert '"claim": "property"' in first
    assert '"claim": "equal"' in first
    assert all(other == first for other in others)
