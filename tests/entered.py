"""Print how many files of nnc a reader meets who follows a command: `python tests/entered.py`.

A file counts where one of its functions runs. The names of commands, as in
`python tests/entered.py diff`, print the files too.
"""

import contextlib
import inspect
import io
import os
import sys
import tempfile
from pathlib import Path
from types import FrameType

from nnc.cli.main import run

ROOT = Path(__file__).parents[1]
PACKAGE = str(ROOT / "framework/nnc") + os.sep
GATES = ROOT / "configs/gates"
COMMANDS = {
    "validate": ([str(GATES / "xor.nn.yaml")], 45),
    "eval": ([str(GATES / "xor.nn.yaml"), "a=1", "b=0"], 45),
    "diff": ([str(GATES / "and.nn.yaml"), str(GATES / "or.nn.yaml")], 100),
    "import": (["and.blif", "-o", "and.nn.yaml"], 60),
}
"""The words after each command, and the number of files that is the goal."""
BLIF = ".model and\n.inputs a b\n.outputs y\n.names a b y\n11 1\n.end\n"


def files_of(words: list[str]) -> list[str]:
    """Return the files of nnc that a command enters."""
    entered: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_flags & inspect.CO_OPTIMIZED:  # of a function
            entered.add(code.co_filename)

    sys.setprofile(note)
    try:
        run(words)
    finally:
        sys.setprofile(None)
    return sorted(name.removeprefix(PACKAGE) for name in entered if name.startswith(PACKAGE))


def main(asked: list[str]) -> None:
    """Print a line for each command, and the files of those that are asked for.

    Each runs in a process of its own, as modules run only once.
    """
    for command, (words, goal) in COMMANDS.items():
        if pid := os.fork():
            os.waitpid(pid, 0)
            continue
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            Path("and.blif").write_text(BLIF)
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                files = files_of([command, *words])
        lines = [f"{command}: {len(files)} files, {goal} is the goal"]
        lines += [f"  {file}" for file in files] if command in asked else []
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
