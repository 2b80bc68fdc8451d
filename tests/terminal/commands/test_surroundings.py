"""Odd surroundings: closed streams, full devices, little memory, outputs that name inputs."""

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnc.cli.group import COMMANDS
from nnc.run.engines import native
from tests.support.running import BAD, XOR, Nnc, environment, on_terminal, started, wrote

ROWS = "a,b\n1,0\n"
XOR_OF_ROWS = "xor\n1\n"

CLOSED = "Error: standard output is closed\n"
FULL = "Error: no space left to write standard output"
STDIN_CLOSED = "error[NNC901] cannot-open: standard input is closed\n"
NO_MEMORY = "Error: there is not enough memory for this\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with a network and rows, and go there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor.nn.yaml").write_text(XOR)
    (tmp_path / "rows.csv").write_text(ROWS)
    return tmp_path


def shell(words: str, **env: str) -> tuple[int, str, str]:
    """Run `nnc` in a shell, which closes and turns streams; no run ends in a traceback."""
    ran = subprocess.run(
        ["sh", "-c", f'nnc() {{ "{sys.executable}" -m nnc "$@"; }}; {words}'],
        stdin=subprocess.DEVNULL, capture_output=True, env=environment(env), check=False,
        timeout=300,
    )  # fmt: skip
    out, err = ran.stdout.decode(), ran.stderr.decode()
    for text in (out, err):
        assert "Traceback" not in text
        assert "a bug in nnc" not in text
        assert "Exception ignored" not in text
    return ran.returncode, out, err


# ------------------------------------------------------------------------- closed streams


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "words",
    [
        "--version", "validate", "fmt - <xor.nn.yaml", "eval xor.nn.yaml rows.csv",
        "eval xor.nn.yaml rows.csv --to npy", "git textconv xor.nn.yaml",
    ],
)  # fmt: skip
def test_without_standard_output_nothing_can_be_told(words: str) -> None:
    assert shell(f"nnc {words} >&-") == (2, "", CLOSED)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", ["validate", "fmt - <xor.nn.yaml", "eval xor.nn.yaml --all"])
def test_standard_output_is_full(words: str) -> None:
    code, out, err = shell(f"nnc {words} >/dev/full")
    assert (code, out) == (2, "")
    assert err.startswith(FULL)
    assert err.count("\n") == 1


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "words", ["eval xor.nn.yaml - --from csv", "validate -", "fmt -", "eval - --all", "compile -"]
)
def test_without_standard_input(words: str) -> None:
    code, out, err = shell(f"nnc {words} <&-")
    assert code == 2
    assert (out + err).startswith(STDIN_CLOSED)
    assert "help: name a file, or send one: nnc … - < FILE" in out + err


def test_what_needs_no_closed_stream_works(folder: Path) -> None:
    for close in ("2>&-", ">&-", "<&-", "<&- >&- 2>&-"):
        code, out, err = shell(f"nnc eval xor.nn.yaml rows.csv -o out.csv {close}")
        assert (code, out, err) == (0, "", "" if "2>&-" in close else wrote("out.csv"))
        assert Path("out.csv").read_text() == XOR_OF_ROWS
        Path("out.csv").unlink()
    assert shell("nnc eval xor.nn.yaml rows.csv <&- 2>&-") == (0, XOR_OF_ROWS, "")
    for closed in ("2>&-", "2>/dev/full"):  # a warning that goes nowhere, then the work
        Path("more.csv").write_text("a,b,c\n1,0,0\n")
        assert shell(f"nnc eval xor.nn.yaml more.csv {closed}") == (0, XOR_OF_ROWS, "")
        assert shell(f"nnc eval xor.nn.yaml nothing.csv {closed}") == (2, "", "")
    assert shell("nnc eval 2>&-") == (2, "", "")
    assert names_in(folder) == ["more.csv", "rows.csv", "xor.nn.yaml"]


@pytest.mark.usefixtures("folder")
def test_closed_streams_are_not_given_to_files() -> None:
    """With no stream open the files read would get the numbers 0 to 2, and be written to."""
    before = Path("xor.nn.yaml").read_bytes()
    assert shell("nnc validate xor.nn.yaml nothing.nn.yaml <&- >&- 2>&-")[0] == 2
    assert shell("nnc diff xor.nn.yaml <&- >&- 2>&-")[0] == 2
    assert Path("xor.nn.yaml").read_bytes() == before


@pytest.mark.usefixtures("folder")
def test_readers_that_go_away() -> None:
    many = "--all --trace" + " --to jsonl" * 40
    for words in (f"eval xor.nn.yaml {many}", "schema", "explain", "--help"):
        code, _, err = shell(f"{{ nnc {words}; echo $? >&2; }} | true")
        assert (code, err) == (0, "0\n")


# ---------------------------------------------------------------------------- full devices


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "words",
    [
        "eval xor.nn.yaml rows.csv --to csv -o /dev/full",
        "eval xor.nn.yaml bad.csv --rejects /dev/full",
        "compile xor.nn.yaml -o /dev/full",
        "validate --report-file /dev/full",
        "digest xor.nn.yaml --report json --report-file /dev/full",
    ],
)
def test_a_full_device_is_named(words: str) -> None:
    Path("bad.csv").write_text("a,b\n1,0\nx,y\n")
    code, out, err = shell(f"nnc {words}")
    assert code == 2
    told = out + err
    assert "error[NNC901] cannot-open: cannot write the file: No space left on device\n" in told
    assert "  --> /dev/full\n" in told


def test_folders_that_cannot_be_written(folder: Path) -> None:
    """A file stands where a folder should be: root may write everywhere else."""
    for words in (
        "eval xor.nn.yaml rows.csv -o rows.csv/out.csv",
        "compile xor.nn.yaml -o rows.csv/out.nnc",
        "new rows.csv/a.nn.yaml",
        "validate --report-file rows.csv/report",
    ):
        code, out, err = shell(f"nnc {words}")
        assert code == 2
        assert "cannot-open: cannot write the file: Not a directory" in out + err
    assert names_in(folder) == ["rows.csv", "xor.nn.yaml"]


@pytest.mark.parametrize("command", ["check", "validate", "test", "fmt --check", "prove", "digest"])
@pytest.mark.parametrize("where", [".", "", "nets", "**/*.nn.yaml"])
def test_what_cannot_be_read_is_an_error_and_all_else_is_reported(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch, folder: Path, command: str, where: str
) -> None:
    really = os.scandir

    def scan(path: Any = ".") -> Any:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", path)
        if Path(path).name == "gone":
            raise FileNotFoundError(2, "No such file or directory", path)
        return really(path)

    monkeypatch.setattr(os, "scandir", scan)
    monkeypatch.chdir(folder)
    for name in ("nets/locked", "nets/gone"):
        (folder / name).mkdir(parents=True)
    (folder / "nets/bad.nn.yaml").write_text(BAD)
    (folder / "nets/none.nn.yaml").symlink_to("nowhere")
    if command == "digest" and not where:
        where = "."
    code, out, _ = nnc(*command.split(), *where.split(), "--report", "json")
    found = {(each["file"], each["name"]) for each in json.loads(out)["diagnostics"]}
    assert code == 2
    assert found >= {
        ("nets/locked", "cannot-open"),
        ("nets/gone", "cannot-open"),
        ("nets/none.nn.yaml", "cannot-open"),
    }
    assert any(file == "nets/bad.nn.yaml" for file, _ in found) == (command != "fmt --check")


def test_formatting_leaves_the_files_of_others(nnc: Nnc, folder: Path) -> None:
    theirs = [folder / name / "x.nn.yaml" for name in (".venv/lib", "node_modules/p", "env", "out")]
    for file in theirs:
        file.parent.mkdir(parents=True)
        file.write_text(XOR + "  # as it is\n")
    (folder / "env/pyvenv.cfg").write_text("")
    (folder / ".gitignore").write_text("out\n")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    code, out, _ = nnc("fmt")
    assert (code, "already formatted" in out or "formatted xor.nn.yaml" in out) == (0, True)
    assert all(file.read_text() == XOR + "  # as it is\n" for file in theirs)
    nnc("fmt", "out")
    assert theirs[-1].read_text() != XOR + "  # as it is\n"


def test_files_without_an_ignore_list_are_named(
    nnc: Nnc, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".git").mkdir()
    monkeypatch.setenv("PATH", "/nothing")
    code, out, err = nnc("validate")
    assert (code, out) == (0, "no problems in 1 file\n")
    assert err == (
        "note: git cannot say which files it ignores in `.`, so they are taken too: there is no "
        "program `git`\n"
    )


def test_the_files_of_several_mistakes_are_counted(nnc: Nnc, folder: Path) -> None:
    (folder / "rows").mkdir()
    for name in ("x.csv", "y.csv"):
        (folder / "rows" / name).symlink_to("nowhere")
    code, _, err = nnc("eval", "xor.nn.yaml", "rows", "-o", "out")
    assert (code, err.splitlines()[-1]) == (2, "2 errors in 2 files")


@pytest.mark.usefixtures("folder")
def test_without_a_home_and_environment() -> None:
    words = f'env -i "{sys.executable}" -m nnc eval xor.nn.yaml rows.csv'
    assert shell(words) == (0, XOR_OF_ROWS, "")
    code, out, err = shell(f'env -i "{sys.executable}" -m nnc git install --global')
    assert code == 2
    assert "error[NNC" in out + err


def test_a_current_folder_that_is_gone(folder: Path) -> None:
    gone = "Error: the current folder no longer exists\n"
    for words in ("compile ../xor.nn.yaml -o x", "diff", "git install"):
        there = f"mkdir sub; cd sub; rmdir ../sub; nnc {words.replace('..', str(folder))}"
        assert shell(there) == (2, "", gone)
    there = f"mkdir sub; cd sub; rmdir ../sub; nnc eval {folder}/xor.nn.yaml {folder}/rows.csv"
    assert shell(there) == (0, XOR_OF_ROWS, "")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", ["new", "validate --report-file", "compile xor.nn.yaml -o"])
def test_the_name_of_an_output_may_be_too_long(words: str) -> None:
    code, out, err = shell(f"nnc {words} {'x' * 300}")
    assert code == 2
    assert "error[NNC901] cannot-open: cannot write the file: File name too long" in out + err


@pytest.mark.usefixtures("folder")
def test_rows_and_networks_from_a_fifo() -> None:
    os.mkfifo("fifo")
    assert shell("cat rows.csv >fifo & nnc eval xor.nn.yaml fifo --from csv")[:2] == (
        0, XOR_OF_ROWS)  # fmt: skip
    code, _, err = shell("nnc eval xor.nn.yaml fifo")  # which could be opened only once
    assert (code, "add `--from csv`" in err) == (2, True)
    assert shell("cat xor.nn.yaml >fifo & nnc validate fifo")[:2] == (0, "no problems in 1 file\n")
    code, out, _ = shell("cat fifo & nnc eval xor.nn.yaml rows.csv --to csv -o fifo; wait")
    assert (code, out) == (0, XOR_OF_ROWS)


# ---------------------------------------------------------------------------------- memory


def limited(megabytes: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    return limit


def with_memory(megabytes: int, *words: str) -> tuple[int, str, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "nnc", *words], preexec_fn=limited(megabytes),
        capture_output=True, check=False, timeout=120,
        env=environment({"OPENBLAS_NUM_THREADS": "1"}),
    )  # fmt: skip
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


def test_little_memory_is_no_bug(folder: Path) -> None:
    Path("rows.csv").write_text("a,b\n" + "1,0\n" * 3_000_000)
    Path("out").write_text("as it was")
    words = ("eval", "xor.nn.yaml", "rows.csv", "--to", "table", "-o", "out")
    assert with_memory(300, *words) == (2, "", NO_MEMORY)  # a table holds every row
    assert Path("out").read_text() == "as it was"
    assert names_in(folder) == ["out", "rows.csv", "xor.nn.yaml"]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
        ImportError("libx.so: failed to map segment from shared object"),
    ],
)
def test_each_way_to_be_without_memory(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    Path("xor.nn.yaml").write_text(XOR)
    Path("out.csv").write_text("as it was")
    monkeypatch.setattr("nnc.run.streaming.write_results", fail)
    ran = nnc("eval", "xor.nn.yaml", "--all", "-o", "out.csv")
    assert ran == (2, "", NO_MEMORY)
    assert Path("out.csv").read_text() == "as it was"


@pytest.mark.skipif(not native.KIND, reason="there are no kernels")
def test_without_memory_in_a_thread(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    Path("rows.csv").write_text("a,b\n" + "1,0\n" * 100_000)
    Path("out.csv").write_text("as it was")
    in_parts, threads, is_begun = native.in_parts, set(), threading.Event()

    def fail(first: int, _last: int) -> None:
        if first:  # the first part is that of the caller, who takes the other if no thread does
            threads.add(threading.current_thread())
            is_begun.set()
            raise MemoryError
        is_begun.wait(10)

    def in_threads(_part: object, words: int, _count: int, *, least: int) -> None:
        in_parts(fail, words, 2, least=min(least, 1))

    monkeypatch.setattr(native, "in_parts", in_threads)
    ran = nnc("eval", "xor.nn.yaml", "rows.csv", "-o", "out.csv", "--threads", "2")
    assert ran == (2, "", NO_MEMORY)
    assert threads
    assert threading.main_thread() not in threads
    assert Path("out.csv").read_text() == "as it was"


def test_another_error_is_a_bug(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("something else")

    Path("xor.nn.yaml").write_text(XOR)
    monkeypatch.setattr("nnc.run.streaming.write_results", fail)
    code, _, err = nnc("eval", "xor.nn.yaml", "--all")
    assert code == 3
    assert "this is a bug in nnc" in err


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(36, "File name too long", "a\nb"), r"cannot use `a\nb`: File name too long"),
        (OSError(5, "Input/output error"), "cannot read or write: Input/output error"),
    ],
)
def test_what_the_system_refuses(
    monkeypatch: pytest.MonkeyPatch, nnc: Nnc, error: OSError, told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("nnc.terminal.options.forget", lambda _: None)
    monkeypatch.setattr("nnc.cli.schema.schema_text", fail)
    assert nnc("schema") == (2, "", f"Error: {told}\n")


# ------------------------------------------------------------- standard output, by its name


def test_a_hyphen_is_standard_output(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    Path("rows.csv").write_text(ROWS)
    assert nnc("eval", "xor.nn.yaml", "rows.csv", "-o", "-") == (0, XOR_OF_ROWS, "")
    Path("bad.csv").write_text("a,b\n1,0\n7,0\n")
    _, out, _ = nnc("eval", "xor.nn.yaml", "bad.csv", "-o", "out.csv", "--rejects", "-")
    assert out == '_line,_error,a,b\n3,"NNC504 bad-value: input `a`: 7 is not 0 or 1",7,0\n'
    nnc("compile", "xor.nn.yaml", "-o", "xor.nnc")
    ran = started("compile", "xor.nn.yaml", "-o", "-")
    assert (ran.returncode, ran.stdout) == (0, Path("xor.nnc").read_bytes())
    assert ran.stderr == b""
    Path("labelled.csv").write_text("a,b,xor\n1,0,1\n1,1,0\n")
    blank = "inputs: [a]\nneurons:\n  n: {wiring: a, threshold: _}\noutputs: [n]\n"
    Path("blank.nn.yaml").write_text(
        f"nnc: 1\n{blank}cases: [{{given: {{a: 1}}, expect: {{n: 1}}}}]\n"
    )
    for words in (
        ("repair", "xor.nn.yaml", "labelled.csv", "--label", "xor"),
        ("solve", "blank.nn.yaml"),
        ("export", "xor.nn.yaml", "--to", "c"),
    ):
        ran = started(*words, "-o", "-")
        assert (ran.returncode, b"wrote" in ran.stderr) == (0, False), ran.stderr
    for words in (
        ("validate", "xor.nn.yaml"), ("fmt", "--check", "xor.nn.yaml"), ("test", "xor.nn.yaml"),
        ("digest", "xor.nn.yaml"), ("diff", "xor.nn.yaml", "xor.nn.yaml"),
    ):  # fmt: skip
        formed = (*words, "--report", "json")
        assert nnc(*formed, "--report-file", "-") == nnc(*formed)
    assert not Path("-").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("new -", "`-` is not a file: nnc new NAME.nn.yaml"),
        (
            "eval xor.nn.yaml rows.csv --rejects -",
            "--rejects - and the results both go to standard output: name -o",
        ),
        (
            "compile xor.nn.yaml -o - --report json",
            "-o - and the report both go to standard output: name a file",
        ),
    ],
)
def test_where_a_hyphen_cannot_stand(nnc: Nnc, words: str, told: str) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    Path("rows.csv").write_text(ROWS)
    code, out, err = nnc(*words.split())
    assert (code, "wrong-usage" in out) == (2, "json" in words)
    assert f"Error: {told}\n" in err
    assert not Path("-").exists()


def test_no_bytes_on_a_terminal(folder: Path) -> None:
    for words, told in (
        ("compile xor.nn.yaml -o -", "Error: -o - writes bytes, not text: name a file, or send it"),
        (
            "eval xor.nn.yaml rows.csv --to npy",
            "Error: npy is bytes, not text: name a file with -o, or send it into a pipe",
        ),
    ):
        ran = on_terminal(*words.split(), cwd=folder)
        assert ran.code == 2
        assert told in ran.out


# -------------------------------------------------------------------- outputs and inputs

WHOLE = """\
nnc: 1
inputs: [a, b]
parts: {p: {use: part.nn.yaml, wiring: {a: a, b: b}}}
layers: {l: {wiring: [a, b], weights: {file: w.npy}, thresholds: 1}}
outputs: {y: p.xor, l: l}
cases: [{file: cases.csv}]
"""
MADE_OF = "would replace a file that the network is made of"


@pytest.fixture
def whole(folder: Path) -> Path:
    """Make a network of many files, and other names of them."""
    (folder / "whole.nn.yaml").write_text(WHOLE)
    (folder / "part.nn.yaml").write_text(XOR)
    (folder / "cases.csv").write_text("a,b,y\n1,0,1\n")
    np.save("w.npy", np.ones((1, 2), np.int8))
    for name in ("whole.nn.yaml", "part.nn.yaml", "w.npy", "cases.csv", "rows.csv"):
        os.link(name, f"hard-{name}")
        Path(f"soft-{name}").symlink_to(name)
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def same(option: str, what: str, file: str) -> str:
    return f"{option} and {what} name the same file, {file}"


EVAL = "eval whole.nn.yaml rows.csv --to csv"
CASES = [
    *(
        (f"{EVAL} {option} {kind}{name}", same(option, what, kind + name))
        for option in ("-o", "--rejects", "--report-file")
        for kind in ("", "./", "hard-", "soft-")
        for what, name in (("NETWORK", "whole.nn.yaml"), ("ROWS", "rows.csv"))
        if option != "--rejects" or name.endswith("csv")
    ),
    *(
        (f"{EVAL} {option} {kind}{name}", f"{option} {kind}{name} {MADE_OF}")
        for option in ("-o", "--report-file")
        for kind in ("", "hard-", "soft-")
        for name in ("part.nn.yaml", "w.npy", "cases.csv")
    ),
    (f"{EVAL} --rejects cases.csv", f"--rejects cases.csv {MADE_OF}"),
    *(
        (f"compile whole.nn.yaml -o {kind}{name}", f"-o {kind}{name} {MADE_OF}")
        for kind in ("", "hard-", "soft-")
        for name in ("whole.nn.yaml", "part.nn.yaml", "w.npy", "cases.csv")
    ),
    (f"{EVAL} -o new --rejects ./new", same("--rejects", "-o", "./new")),
    (f"{EVAL} -o new --report-file new", same("--report-file", "-o", "new")),
    (f"{EVAL} --rejects new.csv --report-file new.csv",
     same("--report-file", "--rejects", "new.csv")),
    ("view whole.nn.yaml -o soft-w.npy", f"-o soft-w.npy {MADE_OF}"),
    *(
        (f"repair whole.nn.yaml rows.csv -o {name}", same("-o", what, name))
        for what, name in (("FILE", "whole.nn.yaml"), ("FILE", "hard-whole.nn.yaml"),
                           ("ROWS", "rows.csv"))
    ),
    ("cuts whole.nn.yaml --report-file whole.nn.yaml",
     same("--report-file", "FILE", "whole.nn.yaml")),
    ("cuts whole.nn.yaml --probability rows.csv --report-file rows.csv",
     same("--report-file", "--probability", "rows.csv")),
    ("cuts whole.nn.yaml --report-file part.nn.yaml", f"--report-file part.nn.yaml {MADE_OF}"),
    ("repair whole.nn.yaml -o part.nn.yaml", f"-o part.nn.yaml {MADE_OF}"),
    ("repair whole.nn.yaml --report-file cases.csv", f"--report-file cases.csv {MADE_OF}"),
    ("draw whole.nn.yaml --to svg -o soft-w.npy", f"-o soft-w.npy {MADE_OF}"),
    ("draw whole.nn.yaml rows.csv --to svg -o rows.csv", same("-o", "ROWS", "rows.csv")),
    ("draw whole.nn.yaml -o new.svg --report-file new.svg",
     same("--report-file", "-o", "new.svg")),
    ("compile whole.nn.yaml -o new --report-file new", same("--report-file", "-o", "new")),
    *(
        (f"{command} --report-file {kind}whole.nn.yaml",
         same("--report-file", what, f"{kind}whole.nn.yaml"))
        for kind in ("", "hard-", "soft-")
        for command, what in (
            ("check whole.nn.yaml", "an input"), ("validate whole.nn.yaml", "an input"),
            ("fmt whole.nn.yaml", "an input"),
            ("test whole.nn.yaml", "an input"), ("digest whole.nn.yaml", "an input"),
            ("compile whole.nn.yaml", "an input"), ("diff part.nn.yaml whole.nn.yaml", "an input"),
            ("log whole.nn.yaml", "FILE"),
        )
    ),
    *(
        (f"{command} --report-file {name}", f"--report-file {name} {MADE_OF}")
        for command in ("validate whole.nn.yaml", "test whole.nn.yaml", "digest whole.nn.yaml",
                        "compile whole.nn.yaml", "diff part.nn.yaml whole.nn.yaml")
        for name in ("hard-part.nn.yaml", "w.npy", "soft-cases.csv")
        if not (command.startswith("diff") and "part" in name)
    ),
    ("solve xor.nn.yaml -o xor.nn.yaml", same("-o", "FILE", "xor.nn.yaml")),
    ("fit rows.csv --label a -o rows.csv", same("-o", "ROWS", "rows.csv")),
    ("diff part.nn.yaml whole.nn.yaml --rows rows.csv --report-file rows.csv",
     same("--report-file", "an input", "rows.csv")),
]  # fmt: skip


@pytest.mark.parametrize(("words", "told"), CASES, ids=[one for one, _ in CASES])
def test_an_output_never_replaces_an_input(nnc: Nnc, whole: Path, words: str, told: str) -> None:
    before = contents(whole)
    code, out, err = nnc(*words.split())
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == f"Error: {told}"
    assert contents(whole) == before


def test_standard_input_from_a_file_is_an_input_too(folder: Path) -> None:
    before = contents(folder)
    for words, what, name in (
        ("eval - rows.csv -o xor.nn.yaml --to csv <xor.nn.yaml", "NETWORK", "xor.nn.yaml"),
        ("eval xor.nn.yaml - --from csv -o rows.csv <rows.csv", "ROWS", "rows.csv"),
    ):
        code, _, err = shell(f"nnc {words}")
        assert code == 2
        assert f"Error: -o and {what} name the same file, {name}\n" in err
    assert contents(folder) == before


def test_a_compiled_network_and_its_sources(nnc: Nnc, whole: Path) -> None:
    assert nnc("compile", "whole.nn.yaml", "-o", "whole.nnc").code == 0
    before = contents(whole)
    for output in ("whole.nnc", "w.npy", "part.nn.yaml", "whole.nn.yaml"):
        code, _, err = nnc("eval", "whole.nnc", "rows.csv", "--to", "csv", "-o", output)
        assert code == 2
        is_itself = output == "whole.nnc"
        assert (same("-o", "NETWORK", output) if is_itself else MADE_OF) in err
    assert MADE_OF in nnc("compile", "whole.nnc", "-o", "whole.nnc").err
    assert contents(whole) == before


def test_devices_may_be_named_twice(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    Path("rows.csv").write_text(ROWS)
    words = ("eval", "xor.nn.yaml", "rows.csv", "--to", "csv", "-o", "/dev/null")
    assert nnc(*words, "--rejects", "/dev/null") == (0, "", "")


def test_a_report_beside_is_written(nnc: Nnc) -> None:
    Path("bad.nn.yaml").write_text(BAD)
    assert nnc("validate", "bad.nn.yaml", "--report-file", "report").code == 1
    assert "error[NNC" in Path("report").read_text()


def test_the_table_of_commands_is_the_one_tested() -> None:
    """A new command with an output needs its lines above."""
    assert {*COMMANDS} == {
        "new", "check", "validate", "fmt", "eval", "test", "prove", "draw", "compile", "diff",
        "log", "digest", "git", "explain", "schema", "completion", "view", "repair", "fit", "solve",
        "cuts", "why", "export", "import", "train", "stats", "lsp", "help",
    }  # fmt: skip
