"""Other programs: what they see, and that they end."""

import sys
from pathlib import Path

import pytest

from nnc.interchange import programs


def test_a_program_is_ended_in_time_and_its_output_is_bounded(tmp_path: Path) -> None:
    run = [sys.executable, "-I", "-c"]
    assert programs.run([*run, "print(input())"], tmp_path, b"7\n") == b"7\n"
    with pytest.raises(programs.ToolFailed, match=r"^it did not end within 0\.2 seconds$"):
        programs.run([*run, "while True: pass"], tmp_path, seconds=0.2)
    with pytest.raises(programs.ToolFailed, match=r"^it wrote more than 1,000 bytes$"):
        programs.run([*run, "while True: print('x' * 999, flush=True)"], tmp_path, most=1000)
    with pytest.raises(programs.ToolFailed, match=r"^it ended with code 3$"):
        programs.run([*run, "raise SystemExit(3)"], tmp_path)
    with pytest.raises(programs.ToolFailed):
        programs.run([str(tmp_path / "no")], tmp_path)


def test_a_program_sees_little_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET", "x")
    script = "import os; print(sorted(os.environ), os.environ['HOME'], os.getcwd())"
    told = programs.run([sys.executable, "-I", "-c", script], tmp_path).decode()
    assert "SECRET" not in told
    assert told.count(str(tmp_path)) == 2


def test_only_programs_on_path_are_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "node"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")  # the folder that happens to be the current one
    with pytest.raises(programs.ToolMissing):
        programs.find(["node"], "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.find(["node"], "") == str(program)
