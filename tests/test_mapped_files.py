"""Weight files and compiled networks that change while they are in use."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import FileError
from nnc.files.weights import MappedFile, stored

SMALL, LARGE = 100, 1100
"""Layers of so many neurons and inputs: 1.2 MB are above the bound."""

SCRIPT = """
import os, sys
from pathlib import Path
import numpy as np
import nnc

folder, kind, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
weights = np.random.default_rng(1).integers(-8, 9, (size, size)).astype(np.int8)
rows = np.random.default_rng(2).integers(0, 2, (3, size)).astype(np.uint8)
right = rows.astype(int) @ weights.T >= 3
text = f"nnc: 1\\nfires: at_least\\ninputs: {{x: bit({size})}}\\nlayers: {{h: {{wiring: x, " \
       "weights: {file: w.npy}, thresholds: 3}}\\noutputs: [h]\\n"
(folder / "x.nn.yaml").write_text(text)

def cut(file): os.truncate(file, 10)
def overwrite(file):
    with open(file, "r+b") as out:
        out.write(bytes(os.path.getsize(file)))
def replace(file):
    (folder / "new").write_bytes(b"")
    os.replace(folder / "new", file)

for change in (cut, overwrite, replace, os.remove):
    np.save(folder / "w.npy", weights)
    plan = nnc.compile(nnc.load(folder / "x.nn.yaml", root=folder))
    file = folder / "w.npy"
    if kind == "compiled":
        file = folder / "x.nnc"
        from nnc.compiler.artifact import Provenance, load_compiled, write_compiled
        with file.open("wb") as out:
            write_compiled(plan, Provenance(), out)
        plan = load_compiled(str(file)).plan
    given = {"x": rows} if size > 1000 else {"x": rows.repeat(40, 0)}
    change(file)
    try:
        found = nnc.evaluate(plan, given)["h"]
    except nnc.NncError as error:
        (found,) = error.diagnostics
        assert found.message == f"`{file}` was changed while it was in use", found
        assert found.help == ("load the network again; write a new file and rename it over the "
                              "old one, instead of writing into it"), found
        print(change.__name__, "is told")
    else:
        assert (found == right.repeat(len(found) // 3, 0)).all()
        print(change.__name__, "does no harm")
"""


@pytest.mark.parametrize("kind", ["weights", "compiled"])
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_files_that_change_while_they_are_in_use(tmp_path: Path, kind: str, size: int) -> None:
    """In a process of its own, as a mapped file that was cut ends it."""
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path, kind, str(size)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    is_told = "is told" if size == LARGE else "does no harm"
    assert ran.stdout.splitlines() == [
        f"cut {is_told}", f"overwrite {is_told}", "replace does no harm", "remove does no harm",
    ]  # fmt: skip


def layer(folder: Path, width: int, rest: str) -> nnc.Plan:
    """Compile a layer `h` on a bus of bits `x`, with the weights of `w.npy`."""
    (folder / "x.nn.yaml").write_text(
        f"nnc: 1\nfires: above\ninputs: {{x: bit({width})}}\n"
        f"layers: {{h: {{wiring: x, weights: {{file: w.npy}}, thresholds: 0}}}}\n{rest}\n"
    )
    return nnc.compile(nnc.load(folder / "x.nn.yaml", root=folder))


def test_a_change_during_an_evaluation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was calculated from two files in one is not given."""
    monkeypatch.setattr(stored, "SMALL", 0)
    file = tmp_path / "w.npy"
    np.save(file, np.ones((2, 3), np.int8))
    plan = layer(tmp_path, 3, "outputs: [h]")
    rows = {"x": [[1, 1, 1]]}
    assert nnc.evaluate(plan, rows)["h"].tolist() == [[1, 1]]
    checks: list[MappedFile] = []
    really = MappedFile.check_unchanged

    def check(one: MappedFile) -> None:
        checks.append(one)
        if len(checks) == 2:
            with file.open("r+b") as out:
                out.seek(-1, 2)
                out.write(b"\x00")
        really(one)

    monkeypatch.setattr(MappedFile, "check_unchanged", check)
    with pytest.raises(FileError, match="was changed while it was in use"):
        nnc.evaluate(plan, rows)
    assert len(checks) == 2


def test_a_plan_of_mapped_files_is_copied_and_pickled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "SMALL", 0)
    np.save(tmp_path / "w.npy", np.ones((90, 60), np.int8))
    plan = layer(tmp_path, 60, "neurons: {n: {wiring: h, threshold: 7}}\noutputs: [n]")
    rows: dict[str, Any] = {"x": np.ones((40, 60), np.uint8)}
    right = nnc.evaluate(plan, rows)["n"].tolist()
    copies = copy.deepcopy(plan), pickle.loads(pickle.dumps(plan))
    (tmp_path / "w.npy").write_bytes(b"")
    for again in copies:
        assert nnc.evaluate(again, rows)["n"].tolist() == right
