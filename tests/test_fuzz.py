"""The everyday dose of every fuzz target, and the harness: each kind of find is told as one."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterable
from itertools import count, islice
from pathlib import Path

import pytest

from tests.fuzz import TARGETS, campaign
from tests.fuzz.campaign import CORPUS, Find, Item, Limits, Tally, corpus, run

ROOT = Path(__file__).parents[1]
DOSE, SECONDS = 100, 2
"""How many trials of each target there are every day, and for how long at most."""


@pytest.mark.seconds(120)
@pytest.mark.parametrize("target", TARGETS)
def test_no_finds(target: str, full: bool) -> None:
    seed, more = int(os.environ["NNC_FUZZ_SEED"]), 20 if full else 1
    kept, items = corpus(target), islice(count(seed), DOSE * more)
    tally = run(target, items, kept=kept, seconds=SECONDS * more)
    assert not tally.finds, "\n\n".join(map(str, tally.finds))
    assert tally.trials > len(kept)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_says_what_it_holds(target: str) -> None:
    module = importlib.import_module(f"tests.fuzz.{target}")
    assert module.__doc__
    assert callable(module.trial)


def test_the_table_has_every_target_and_the_corpus_no_other() -> None:
    folder = Path(campaign.__file__).parent
    found = {one.stem for one in folder.glob("*.py") if "def trial(" in one.read_text("utf-8")}
    assert found - {"__init__"} == set(TARGETS)
    for kept in CORPUS.iterdir():
        assert kept.name in TARGETS
        files = [one for one in corpus(kept.name) if isinstance(one, Path)]
        assert not files or hasattr(importlib.import_module(f"tests.fuzz.{kept.name}"), "replay")
        assert all(one.stat().st_size < 20_000 for one in files)


# ------------------------------------------------------------------------- the harness

FINDS = {
    "raise ValueError('so')": "ValueError from planted.py:3",
    "os.abort()": "a crash: SIGABRT",
    "os._exit(3)": "a crash: exit code 3",
    "while True: pass": "a hang: more than 0.2 s of CPU time",
    "sum(itertools.repeat(1))": "a hang: more than 0.2 s of CPU time, outside of Python",
    "time.sleep(60)": "a hang: no answer within 2 s",
    "bytearray(1 << 29)": "MemoryError from planted.py:3",
    "warnings.warn('old')": "UserWarning from planted.py:3",
}


def planted(folder: Path, line: str, patch: pytest.MonkeyPatch) -> str:
    """Write a target whose trial is one line; give the name of its module."""
    text = f"import itertools, os, time, warnings\ndef trial(random):\n    {line}\n"
    (folder / "planted.py").write_text(text, "utf-8")
    patch.setenv("PYTHONPATH", str(folder))
    patch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # it tells texts apart by their size and second
    return "planted"


@pytest.mark.parametrize(("line", "kind"), FINDS.items(), ids=FINDS)
def test_what_counts_as_a_find(
    line: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Find] = []
    module = planted(tmp_path, line, monkeypatch)
    limits = Limits(seconds=0.2, memory=256, wall=2 if "sleep" in line else 60)
    tally = run("planted", [7, 8], module=module, limits=limits, tell=told.append)
    assert tally.trials == 2  # also after a crash there is a worker
    assert [(one.item, one.kind) for one in tally.finds] == [(7, kind), (8, kind)]
    assert told == tally.finds
    assert str(told[0]).startswith(f"find: planted, seed 7: {kind}\n")
    assert str(told[0]).endswith("\nrepeat: python -m tests.fuzz planted --seed 7 --trials 1")


def test_a_trial_draws_the_same_from_the_same_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = planted(tmp_path, "raise ValueError(random.random())", monkeypatch)
    texts = {
        jobs: sorted(
            one.text for one in run("planted", range(4), module=module, jobs=jobs).finds
        )
        for jobs in (1, 2)
    }  # fmt: skip
    assert texts[1] == texts[2]
    assert len(set(texts[1])) == 4


def test_enough_finds_end_it_and_so_does_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "MOST_FINDS", 2)
    module = planted(tmp_path, "raise ValueError", monkeypatch)
    assert len(run("planted", count(), module=module).finds) == 2
    module = planted(tmp_path, "time.sleep(0.01)", monkeypatch)
    tally = run("planted", count(), kept=[5, 6], module=module, seconds=0.3)
    assert tally.trials > 2
    assert tally.finds == []


def test_no_worker_is_no_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = planted(tmp_path, "nothing", monkeypatch)
    (tmp_path / "planted.py").write_text("import nowhere\n", "utf-8")
    with pytest.raises(RuntimeError, match="No module named 'nowhere'"):
        run("planted", [1], module=module)


def test_what_is_kept_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "CORPUS", tmp_path)
    assert corpus("yaml") == []
    folder = tmp_path / "yaml"
    folder.mkdir()
    (folder / "seeds.txt").write_text("12  # a hang, once\n\n# more\n34\n", "utf-8")
    (folder / "bom.nn.yaml").write_bytes(b"nnc: 1\n")
    assert corpus("yaml") == [folder / "bom.nn.yaml", 12, 34]
    find = Find("yaml", folder / "bom.nn.yaml", "a hang", "")
    assert str(find).startswith("find: yaml, corpus/yaml/bom.nn.yaml: a hang\n")
    assert find.repeat == "repeat: python -m tests.fuzz yaml --trials 0"
    asked: list[list[Item]] = []

    def noted(_: str, items: Iterable[Item], *, kept: list[Item], **__: object) -> Tally:
        asked.append([*kept, *items])
        return Tally()

    monkeypatch.setattr(campaign, "run", noted)
    assert campaign.main(["yaml", "--trials", "0"]) == 0
    assert campaign.main(["yaml", "--trials", "2", "--seed", "5"]) == 0
    assert asked == [[folder / "bom.nn.yaml", 12, 34], [5, 6]]


def test_finds_are_told_and_end_in_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = Find("yaml", 3, "a crash: SIGSEGV", "Fatal Python error")
    tally = Tally(trials=1200, finds=[find], slowest=(0.25, 17))
    monkeypatch.setattr(campaign, "run", lambda *_, **__: tally)
    assert campaign.main(["yaml", "--trials", "1"]) == 1
    assert capsys.readouterr().out == (
        "target           trials  finds  slowest\n"
        "yaml              1,200      1  0.25 s (seed 17)\n"
    )


def test_the_command_from_the_root_of_a_checkout() -> None:
    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.fuzz", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=100
        )

    done = ran("merge", "--trials", "2", "--seed", "1", "--jobs", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith("merge                 2      0  ")
    done = ran("nothing")
    assert done.returncode == 2
    assert done.stderr.endswith(
        f"error: no target is called nothing; they are {', '.join(TARGETS)}\n"
    )
