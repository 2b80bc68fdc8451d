"""Runs `nnc` with the n-th system call on its files failing, for every n: `survived` tells how.

The calls are those of the whole process, through `faults.c`, which is loaded before libc. One
process imports all once, and forks for each run.
"""

import ctypes
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

SOURCE = Path(__file__).with_suffix(".c")
CODES = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EINTR, errno.EMFILE)
STAYING = (errno.ENOSPC, errno.EDQUOT)
_STRIDE = 4


class Fault(NamedTuple):
    """The n-th call fails with an error code; where it `stays`, all later ones of its kind too."""

    number: int
    code: int
    stays: bool = False


class Outcome(NamedTuple):
    """What a run came to: the call that failed, `` for none; and all files, by name."""

    call: str
    calls: int
    code: int
    out: str
    err: str
    files: dict[str, bytes]


class Injector:
    """A process that runs `nnc` with faults, on copies of a folder. Use it in a `with` block."""

    def __init__(self, work: Path) -> None:
        self.work = work
        library = work / "faults.so"
        options = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library]
        subprocess.run(["cc", *options, SOURCE, "-ldl"], check=True)
        environment = os.environ | {"LD_PRELOAD": str(library), "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, work], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __enter__(self) -> "Injector":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, arguments: Sequence[str], folder: Path, fault: Fault) -> Outcome:
        """Run `nnc` in a copy of a folder."""
        place = self.work / "run"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(folder, place, symlinks=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([list(arguments), *fault]) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        return Outcome(*told, files=files_in(place))


def faults_of(calls: int, *, full: bool) -> Iterator[Fault]:
    """Give all faults of a run of so many calls; or of each fourth call one, of all kinds."""
    codes = [(code, False) for code in CODES] + [(code, True) for code in STAYING]
    for number in range(1, calls + 1):
        if full:
            yield from (Fault(number, *one) for one in codes)
        elif number % _STRIDE == calls % _STRIDE:
            yield Fault(number, *codes[number // _STRIDE % len(codes)])


def files_in(folder: Path) -> dict[str, bytes]:
    """Read all files below a folder, by their names from there."""
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }


# --------------------------------------------------------------------- in the process itself


def serve(place: Path) -> None:
    """Run `nnc` for each line of standard input, in a process of its own."""
    os.environ.pop("LD_PRELOAD")
    for line in sys.stdin:
        arguments, number, code, stays = json.loads(line)
        answer, back = os.pipe()
        out, err = (os.memfd_create(name) for name in ("out", "err"))
        child = os.fork()
        if not child:
            os.dup2(out, 1)
            os.dup2(err, 2)
            os.chdir(place)
            run(arguments, Fault(number, code, stays), place, back)
        os.close(back)
        with os.fdopen(answer) as stream:
            call, calls = json.loads(stream.read() or '["died", 0]')
        _, status = os.waitpid(child, 0)
        texts = [os.pread(one, 1 << 20, 0).decode() for one in (out, err)]
        os.close(out)
        os.close(err)
        print(json.dumps([call, calls, os.waitstatus_to_exitcode(status), *texts]), flush=True)


def run(arguments: list[str], fault: Fault, place: Path, back: int) -> None:
    """Run `nnc` with a fault, tell which call failed and how many there were, and exit."""
    from nnc.cli.main import main

    signal.alarm(20)
    sys.argv = ["nnc", *arguments]
    sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123
    calls = ctypes.CDLL(os.environ["FAULTS"])
    name = ctypes.create_string_buffer(16)
    calls.faults_arm(str(place).encode(), fault.number, fault.code, int(fault.stays))
    code: Any = 99
    try:
        main()
    except SystemExit as leave:
        code = leave.code
    finally:
        sys.stdout.flush()
        count = calls.faults_disarm(name)
        with os.fdopen(back, "w") as stream:
            json.dump([name.value.decode(), count], stream)
        os._exit(code or 0)


def prepare() -> None:
    """Import what runs take, so that no run has to."""
    import nnc.cli.new
    import nnc.compiler.artifact
    import nnc.differences.git
    import nnc.differences.merging
    import nnc.jobs.eval
    import nnc.opening.checking
    import nnc.rows.arrow.parquet
    import nnc.rows.csv.csv
    import nnc.rows.csv.reading
    import nnc.run.streaming
    import nnc.terminal.commands.compile
    import nnc.terminal.commands.fmt
    import nnc.terminal.commands.validate
    import nnc.terminal.findings  # noqa: F401


if __name__ == "__main__":
    os.environ["FAULTS"] = os.environ["LD_PRELOAD"]
    prepare()
    serve(Path(sys.argv[1]) / "run")
