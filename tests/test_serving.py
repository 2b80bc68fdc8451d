"""The pages about serving and other programs: what they show runs, and answers what they say."""

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from shutil import which
from typing import Any, Literal

import pytest

import nnc
from tests.support.documents import ROOT, blocks
from tests.support.exports import server

BLOCKS = [block for page in ("serving", "embedding") for block in blocks(ROOT / f"docs/{page}.md")]
FILES = {block.file: block.text for block in BLOCKS if block.file}
NETWORK = "configs/fraud/card_payment.nn.yaml"
ROWS = [
    ("a", 500.0, 3, 5, 0, 1, None, None),
    ("b", 199.99, 0, 14, 0, 0, 1, 0),
    ("c", 2000.0, 6, 3, 1, 1, 0, 0),
    ("d", 1.0, 0, 24, 0, 0, 0, 0),
]
COLUMNS = ("id", "amount", "orders_last_hour", "hour", "country_differs", "new_device",
           "known_customer", "reported_stolen")  # fmt: skip
UVICORN = f"""
import os, socket, sys, uvicorn
os.environ["NNC_NETWORK"] = "{NETWORK}"
sys.path.insert(0, "configs/fraud")
listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{{listener.getsockname()[1]}}/", flush=True)
config = uvicorn.Config("serve_fastapi:app", log_level="critical")
uvicorn.Server(config).run(sockets=[listener])
"""
DECISIONS = [("a", "review"), ("b", "accept"), ("c", "decline"), ("d", None)]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=["wsgi", "fastapi"])
def service(request: pytest.FixtureRequest) -> Iterator[HTTPConnection]:
    """Start a service of the page on a port that is free."""
    if request.param == "fastapi":
        pytest.importorskip("fastapi")
        words = [sys.executable, "-c", UVICORN]
    else:
        words = [sys.executable, "configs/fraud/serve.py", NETWORK, "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as (
        process
    ):
        assert process.stdout is not None
        match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\n", process.stdout.readline())
        assert match is not None
        connection = HTTPConnection("127.0.0.1", int(match[1]), timeout=60)
        try:
            yield connection
        finally:
            connection.close()
            process.kill()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "usage: python serve.py NETWORK PORT"),
        (["configs/fraud/card_payment.nn.yaml", "http"], "usage: python serve.py NETWORK PORT"),
        (["x", "0"], "NNC901"),
    ],
)
def test_a_wrong_start_says_what_is_wrong(words: list[str], message: str) -> None:
    ran = subprocess.run([sys.executable, "configs/fraud/serve.py", *words],
                         capture_output=True, text=True, check=False)  # fmt: skip
    assert (ran.returncode, message in ran.stderr, "Traceback" in ran.stderr) == (1, True, False)


def asked(service: HTTPConnection, body: bytes | None, method: str = "POST") -> tuple[int, Any]:
    service.request(method, "/", body)
    response = service.getresponse()
    assert response.headers["Content-Type"] == "application/json"
    return response.status, json.loads(response.read())


def printed(name: str) -> str:
    """Return what the page says that a program prints."""
    place = next(k for k, block in enumerate(BLOCKS) if block.file == name)
    assert BLOCKS[place + 1].language == "text"
    return BLOCKS[place + 1].text


def test_the_service_answers_what_the_page_says(service: HTTPConnection) -> None:
    plan = nnc.compile(nnc.load(NETWORK))
    answered = []
    for block, response in pairwise(BLOCKS):
        if not block.text.startswith("curl "):
            continue
        _, _, *data = shlex.split(block.text)
        body = data[1].encode() if data else None
        status, answer = asked(service, body, "POST" if data else "GET")
        answered.append(status)
        assert json.dumps(answer) == response.text.rstrip("\n")
        if status == 422:
            with pytest.raises(nnc.InvalidRowsError) as refused:
                nnc.evaluate(plan, [json.loads(data[1])], extra="error")
            assert [(one["code"], one["message"], one["help"]) for one in answer["errors"]] == [
                (one.about.code, one.message, one.help) for one in refused.value.diagnostics
            ]
    assert answered == [200, 422, 422, 200]


def test_decimals_are_what_was_typed_and_bad_rows_are_refused(service: HTTPConnection) -> None:
    row = b'{"amount": %s, "orders_last_hour": 0, "hour": 9, "country_differs": 0, "new_device": 0}'
    # as a double the first would be 200
    for amount, points, decision in (
        (b"199.99999999999999999999", 0, "accept"), (b"200.0", 1, "accept"), (b"2e3", 4, "review"),
    ):  # fmt: skip
        assert asked(service, row % amount) == (200, {"points": points, "decision": decision})
    for body, status, message in (
        (b"{", 400, "the row cannot be read: "), (b"\xff", 400, "the row cannot be read: "),
        (b"[]", 400, "a row is a JSON object"), (b"[" * 100_000, 400, "the row cannot be read: "),
        (b'{"hour": 1, "hour": 2}', 400, "a name stands twice"), (b"", 400, "cannot be read"),
        (row % (b"9" * 5000), 400, "the row cannot be read: "),
        (row % (b"1e" + b"9" * 5000), 400, "the row cannot be read: "),
        (row % b"NaN", 400, "NaN is not JSON"),
        (row % b'"3"', 422, "input `amount`: a text is not a number"),
        (row % b'["3"]', 422, "input `amount`: a text is not a number"),
        (row % b"null", 422, "found nothing"),
        (row % b"[1, 2]", 422, "found a list"), (row % b"{}", 422, "found a mapping"),
        (b"{}", 422, "5 inputs have no value"),
    ):  # fmt: skip
        found, answer = asked(service, body)
        assert (found, message in answer["errors"][0]["message"]) == (status, True), answer
    wrong = b'{"amount": "x", "hour": null, "orders_last_hour": 1.5, "new_device": 2}'
    status, answer = asked(service, wrong)
    assert (status, [error["code"] for error in answer["errors"]]) == (
        422, ["NNC208", "NNC505", "NNC504", "NNC104", "NNC504"]
    )  # fmt: skip
    assert asked(service, None, "DELETE")[0] == 405


@pytest.mark.parametrize("service", ["fastapi"], indirect=True)
def test_a_row_that_is_too_long_is_not_read_to_its_end(service: HTTPConnection) -> None:
    assert asked(service, b"1" * ((1 << 20) + 1))[0] == 413


@pytest.mark.parametrize("service", ["wsgi"], indirect=True)
def test_the_length_of_a_row_is_known_before_it_is_read(service: HTTPConnection) -> None:
    service.putrequest("POST", "/")
    service.putheader("Transfer-Encoding", "chunked")
    service.endheaders()
    response = service.getresponse()
    assert (response.status, b"Content-Length" in response.read()) == (411, True)
    service.close()
    for length in (str((1 << 20) + 1), "9" * 5000):
        service.putrequest("POST", "/")
        service.putheader("Content-Length", length)
        service.endheaders()
        assert service.getresponse().status == 413
        service.close()


def exported(dialect: Literal["sqlite", "duckdb"]) -> str:
    """Return the view of the page, of another dialect."""
    script = FILES["decisions.sh"]
    words = re.search(r"nnc export (.*)", script)
    assert words is not None
    view = re.search(r'echo "(.*)"', script)
    assert view is not None
    path, *options = words[1].split()
    values = dict(zip(options[::2], options[1::2], strict=True))
    assert (path, values.pop("--to")) == (NETWORK, "postgres")
    keep, top = [values.pop("--extra")], values.pop("--top")
    assert not values
    query = nnc.export(nnc.load(path), "sql", top=top, dialect=dialect, keep=keep)
    return f"{view[1]}\n{query}"


def declared(kind: str) -> str:
    types = ("TEXT", kind, *("BIGINT",) * 6)
    columns = ", ".join(f"{name} {type_}" for name, type_ in zip(COLUMNS, types, strict=True))
    return f"CREATE TABLE payments ({columns})"


def test_a_view_in_sqlite() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute(declared("REAL"))
        connection.execute(exported("sqlite"))
        # the view was there before the rows
        connection.executemany(f"INSERT INTO payments VALUES ({', '.join('?' * 8)})", ROWS)
        query = "SELECT id, decision FROM decisions ORDER BY id"
        assert connection.execute(query).fetchall() == DECISIONS


def test_a_view_in_duckdb() -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.execute(declared("DOUBLE"))
        connection.execute(exported("duckdb"))
        connection.executemany(f"INSERT INTO payments VALUES ({', '.join('?' * 8)})", ROWS)
        query = "SELECT id, decision FROM decisions ORDER BY id"
        assert connection.execute(query).fetchall() == DECISIONS


@pytest.mark.skipif(not which("psql") or os.getuid() != 0, reason="psql")
def test_a_view_in_postgres(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "nnc").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m nnc "$@"\n')
    (programs / "nnc").chmod(0o755)
    environment = os.environ | {
        **server(), "PATH": f"{programs}:{os.environ['PATH']}",
        "PGOPTIONS": "-c search_path=serving",
    }  # fmt: skip

    def psql(script: str) -> str:
        words = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"]
        return subprocess.run(words, input=script, env=environment, text=True, check=True,
                              stdout=subprocess.PIPE).stdout  # fmt: skip

    psql(f"CREATE SCHEMA serving; {declared('DOUBLE PRECISION')};")
    try:
        subprocess.run(["bash", "-euo", "pipefail", "decisions.sh"], env=environment, check=True)
        values = ", ".join(str(row).replace("None", "NULL") for row in ROWS)
        psql(f"INSERT INTO payments VALUES {values};")
        query = next(block.text for block in BLOCKS if block.language == "sql")
        assert sorted(psql(query).split()) == ["a|review", "c|decline"]
    finally:
        psql("DROP SCHEMA serving CASCADE;")


@pytest.mark.skipif(find_spec("onnxruntime") is None, reason="onnxruntime")
def test_a_session_of_onnx() -> None:
    Path("card_payment.onnx").write_bytes(nnc.export(nnc.load(NETWORK), "onnx"))
    words = [sys.executable, "session.py"]
    ran = subprocess.run(words, check=True, capture_output=True, text=True)
    assert ran.stdout == printed("session.py")


@pytest.mark.skipif(not which("node"), reason="node")
def test_a_page_in_javascript() -> None:
    Path("card_payment.mjs").write_text(nnc.export(nnc.load(NETWORK), "js"))
    ran = subprocess.run(["node", "page.mjs"], check=True, capture_output=True, text=True)
    assert ran.stdout == printed("page.mjs")


@pytest.mark.skipif(not which("gcc"), reason="gcc")
def test_a_program_in_c() -> None:
    Path("card_payment.h").write_text(nnc.export(nnc.load(NETWORK), "c"))
    words = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "main.c", "-o", "main"]
    subprocess.run(words, check=True)
    ran = subprocess.run(["./main"], check=True, capture_output=True, text=True)
    assert ran.stdout == printed("main.c")
