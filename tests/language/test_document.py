"""Reading YAML strictly: what is refused and where, what is not, and hostile files."""

from typing import Any

import pytest

from nnc.language.document.reader import read_document
from nnc.language.document.text import UNREADABLE, Document
from nnc.numbers.exact import Quoted
from nnc.opening.checking import check


def read(text: str | bytes) -> Document:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return read_document(data, "f")


def told(text: str | bytes) -> list[str]:
    """Give what was found, as `line:column rule`."""
    found = read(text).diagnostics
    return [f"{d.span.line}:{d.span.column} {d.rule}" if d.span else d.rule for d in found]


# --------------------------------------------------------------------------------- values


def test_every_scalar_is_its_own_text() -> None:
    value = read("{on: yes, 010: 0x1F, 1: 1e3, null: ~, y: 2020-01-01, d: 1:30, x: .nan}").value
    assert value == {"on": "yes", "010": "0x1F", "1": "1e3", "null": "~", "y": "2020-01-01",
                     "d": "1:30", "x": ".nan"}  # fmt: skip


@pytest.mark.parametrize("written", ['"1"', "'1'", "|\n  1", ">-\n  1"])
def test_what_stands_in_quotes_is_marked(written: str) -> None:
    value: Any = read(f"a: {written}\nb: 1\n").value
    assert isinstance(value["a"], Quoted)
    assert not isinstance(value["b"], Quoted)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffa: b\n",
        "a: b\r\nc: [d]\r\n",
        "a: b\rc: d\r",
        "%YAML 1.2\n---\na: b\n",
        "# only\n# comments\na: b\n...\n",
        'a: "tab\there"\nb: |\n  x\ty\n# a\ttab\n',
        'a: "\\u2028 \\x85 \\t \\U0001F600"\n',
        "a: '\u00e9\U0001f600\u200b'\n",
        "'<<': a\n",
        "a: '? b'\nc?: d? e\n",
        "'&a': '*b'\n'!c': '%d'\n",
        "a: ''\n'': b\n",
        "a: b#c\n",
    ],
)
def test_allowed(text: str) -> None:
    document = read(text)
    assert document.diagnostics == []
    assert document.complete
    assert isinstance(document.value, dict)


# ------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\na: 2\n", ["2:1 duplicate-key"]),
        ("{a: 1, 'a': 2}\n", ["1:8 duplicate-key"]),
        ("a: {b: 1, b: 2, b: 3}\n", ["1:11 duplicate-key", "1:17 duplicate-key"]),
        ("a: &x 1\n", ["1:4 anchor"]),
        ("a: *x\n", ["1:4 anchor"]),
        ("a: &x 1\nb: *x\n", ["1:4 anchor", "2:4 anchor"]),
        ("a: &x [1]\n", ["1:4 anchor"]),
        ("a: !!int 1\n", ["1:4 tag"]),
        ("a: !mine {b: c}\n", ["1:4 tag"]),
        ("a:\n  <<: {b: 1}\n", ["2:3 merge-key"]),
        ("? a\n: b\n", ["1:3 complex-key"]),
        ("{? a : b}\n", ["1:4 complex-key"]),
        ("? [a]\n: b\n", ["1:3 complex-key"]),
        ("{[a, b]: c}\n", ["1:2 complex-key"]),
        ("{{a: b}: c}\n", ["1:2 complex-key"]),
        ("%YAML 1.1\n---\na: b\n", ["1:1 directive"]),
        ("%TAG ! tag:x,2000:\n---\na: b\n", ["1:1 directive"]),
        ("# c\n%YAML 1.2\n%FOO\n---\na: b\n", ["3:1 directive"]),
        ("a: b\n---\nc: d\n", ["2:1 second-document"]),
        ("a: b\n...\n---\nc: d\n", ["3:1 second-document"]),
        ("a:\tb\n", ["1:3 tab"]),
        ("a: b\t\n", ["1:5 tab"]),
        ("a:\n\tb: c\n", ["2:1 tab"]),
        ("{a: b,\tc: d}\n", ["1:7 tab"]),
        ("a: b c\td\n", ["1:7 tab"]),
        ("a: '\u0085'\n", ["1:5 line-separator"]),
        ("# \u2028\na: b\n", ["1:3 line-separator"]),
        ("a: b\u2029c\n", ["1:5 line-separator"]),
        ("a: b\x00c\n", ["1:5 control-character"]),
        ("a: 'b\x1b'\n", ["1:6 control-character"]),
        ("a: b\x7f\n", ["1:5 control-character"]),
        ("a: b\ufeff\n", ["1:5 control-character"]),
        ("a: b\uffff\n", ["1:5 control-character"]),
        (b"a: caf\xe9\n", ["1:7 bad-encoding"]),
        (b"a: \xed\xa0\x80\n", ["1:4 bad-encoding"]),
        (b"a: \xc0\xaf\n", ["1:4 bad-encoding"]),
        ("a:\n", ["1:1 empty-value"]),
        ("a: {b: , c: 1}\n", ["1:5 empty-value"]),
        ("a: {b}\n", ["1:5 empty-value"]),
        ("a:\n  - \n  - b\n", ["2:4 empty-value"]),
        ("a: {b: c, x:1}\n", ["1:11 empty-value"]),
        ("", ["1:1 empty-file"]),
        ("# nothing\n", ["1:1 empty-file"]),
        ("---\n", ["1:1 empty-file"]),
        ("w: {a[3]: 1}\n", ["1:5 square-bracket-index"]),
        ("w: {type: bit[8]}\n", ["1:11 square-bracket-index"]),
        ("a: {description: red, green, b: 1}\n", ["1:23 unquoted-comma"]),
        ("a: {name: one, two, three}\n", ["1:16 unquoted-comma"]),
        ("a: [b\n", ["1:6 syntax-error"]),
        ('a: "b\n', ["1:6 syntax-error"]),
        ("a: b: c\n", ["1:5 syntax-error"]),
        ("a: `b\n", ["1:4 syntax-error"]),
        ('a: "\\q"\n', ["1:5 syntax-error"]),
        ("a: '\ud800'\n", ["1:5 bad-encoding"]),
        ('a: "\\ud800"\n', ["1:7 syntax-error"]),
    ],
    ids=repr,
)  # fmt: skip
def test_refused(text: str | bytes, found: list[str]) -> None:
    assert told(text) == found


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_conflict_that_git_has_left(end: str) -> None:
    lines = ["a: 1", "b:", "<<<<<<< HEAD", "  c: 1", "=======", "  c: 2", ">>>>>>> topic", ""]
    (diagnostic,) = read(end.join(lines)).diagnostics
    assert diagnostic.message == "git has left a conflict here: two versions of these lines"
    assert (diagnostic.rule, diagnostic.span and diagnostic.span.line) == ("syntax-error", 3)
    assert diagnostic.help is not None
    assert diagnostic.help.startswith("edit them to one version, and remove the lines `<<<<<<<`")


@pytest.mark.parametrize("text", ["a: 1\n<<<<<<< HEAD\n", "a: |\n  <<<<<<< HEAD\nb: c: d\n"])
def test_what_is_no_conflict(text: str) -> None:
    (diagnostic,) = read(text).diagnostics
    assert diagnostic.message.startswith("the text is not YAML: ")


def test_the_first_of_two_keys_is_shown_too() -> None:
    (one,) = read("a: 1\nb: 2\na: 3\n").diagnostics
    (label,) = one.labels
    assert label.span is not None
    assert (label.span.line, label.span.column) == (1, 1)


def test_one_run_tells_all_that_can_be_told() -> None:
    text = "a: &x 1\nb: *x\nc: !t 1\na: 2\n<<: {d: 1}\ne:\nf:\t1\n"
    assert [line.split()[1] for line in told(text)] == [
        "tab", "anchor", "anchor", "tag", "duplicate-key", "merge-key", "empty-value"]  # fmt: skip


@pytest.mark.parametrize(("depth", "fine"), [(64, True), (65, False)])
@pytest.mark.parametrize("within", ["meta", "any"])
def test_depth(depth: int, fine: bool, within: str) -> None:
    text = f"{within}: " + "[" * (depth - 1) + "]" * (depth - 1) + "\n"
    assert told(text) == ([] if fine else [f"1:{len(within) + 66} nesting-too-deep"])


@pytest.mark.parametrize(("size", "fine"), [(1020, True), (1025, False), (5000, False)])
@pytest.mark.parametrize("form", ["{}: b\n", '"{}": b\n', "x: {{{}: b}}\n"])
def test_length_of_a_key(size: int, fine: bool, form: str) -> None:
    found = told(form.format("k" * size))
    assert [line.split()[1] for line in found] == ([] if fine else ["key-too-long"])


@pytest.mark.parametrize(("text", "fine"), [("v" * 65536, True), ("v" * 65537, False),
                                            ("é" * 32768, True), ("é" * 32769, False)])  # fmt: skip
def test_length_of_a_scalar(text: str, fine: bool) -> None:
    document = read(f"a: {text}\n")
    assert [d.rule for d in document.diagnostics] == ([] if fine else ["scalar-too-long"])
    assert document.value == {"a": text if fine else UNREADABLE}


# --------------------------------------------------------------------------------- places


def place(text: str, *path: str | int, key: bool = False) -> str:
    (one,) = read(text).locate([(path, key)])
    s = one.span
    return f"{s.line}:{s.column}-{s.end_line}:{s.end_column}"


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        (("a",), False, "1:4-1:5"),
        (("a",), True, "1:1-1:2"),
        (("b", "c", 1), False, "2:12-2:14"),
        (("b", "é"), False, "2:20-2:25"),
        (("b", "é"), True, "2:17-2:18"),
        (("l", 1, "d"), False, "5:8-5:11"),
        (("l", 0), False, "4:3-4:4"),
        (("t",), False, "6:4-7:4"),
        (("b", "missing"), False, "2:4-2:26"),
        (("nothing",), True, "1:1-1:2"),
    ],
)
def test_places(path: tuple[str | int, ...], key: bool, expected: str) -> None:
    text = 'a: 1\nb: {c: [x, yy], é: "𝒳 z"}\nl:\n- q\n-   d: 1.5\nt: |\n  u\n'
    assert place(text, *path, key=key) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    assert place(f"# é{end}a: b{end}{end}c: d{end}", "c") == "4:4-4:5"


def test_the_excerpt_is_the_users_line() -> None:
    (one,) = read("a: 1\r\n  \r\nb: {c: *x}  # why\r\n").diagnostics
    assert one.excerpt == "b: {c: *x}  # why"


# -------------------------------------------------------------------------------- hostile

BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
NETWORK = "nnc: 1\ninputs: [a]\nneurons: {n: {weights: {a: 1}, threshold: NUMBER}}\noutputs: [n]\n"
HOSTILE = {
    "alias bomb": (BOMB, "anchor"),
    "deep lists": ("a: " + "[" * 10_000, "nesting-too-deep"),
    "deep mappings": ("a: " + "{a: " * 10_000, "nesting-too-deep"),
    "deep lists that close": ("a: " + "[" * 10_000 + "]" * 10_000, "nesting-too-deep"),
    "deep block lists": ("- " * 10_000 + "a\n", "nesting-too-deep"),
    "deep block mappings": ("".join(" " * i + "a:\n" for i in range(1500)), "nesting-too-deep"),
    "20 MB": ("a: " + "v" * 20_000_000, "scalar-too-long"),
    "5 MB in quotes": ('a: "' + "v" * 5_000_000 + '"', "scalar-too-long"),
    "5 MB key": ("k" * 5_000_000 + ": b", "key-too-long"),
    "huge fraction": (NETWORK.replace("NUMBER", "1/" + "3" * 60_000), "denominator-too-large"),
    "huge numerator": (NETWORK.replace("NUMBER", "3" * 60_000 + "/7"), "too-many-digits"),
    "huge exponent": (NETWORK.replace("NUMBER", "1e" + "9" * 60_000), "exponent-too-large"),
    "tiny exponent": (NETWORK.replace("NUMBER", "1e-999999999"), "exponent-too-large"),
    "many digits": (NETWORK.replace("NUMBER", "7" * 60_000), "too-many-digits"),
    "hexadecimal digits": (NETWORK.replace("NUMBER", "0x" + "f" * 60_000), "number-in-other-base"),
    "base 60": (NETWORK.replace("NUMBER", "1:" * 30_000 + "1"), "base-60-number"),
    "arabic digits": (NETWORK.replace("NUMBER", "١" * 30_000), "non-ascii-digit"),
    "version": ("nnc: " + "9" * 60_000 + "\n", "unsupported-version"),
    "NUL bytes": ("\0" * 1_000_000, "bad-encoding"),
    "UTF-16": ("nnc: 1\n".encode("utf-16"), "bad-encoding"),
    "UTF-16 without a mark": ("nnc: 1\n".encode("utf-16-le"), "bad-encoding"),
    "UTF-32": ("nnc: 1\n".encode("utf-32"), "bad-encoding"),
    "no text": (bytes(range(256)) * 4000, "bad-encoding"),
    "gzip": (b"\x1f\x8b\x08\0" + b"\xa7\x81" * 5000, "bad-encoding"),
    "20,000 duplicate keys": ("a: 1\n" * 20_000, "duplicate-key"),
    "a million commas": ("a: [" + "," * 1_000_000, "syntax-error"),
    "a million question marks": ("? " * 1_000_000, "nesting-too-deep"),
    "a million colons": (":" * 1_000_000, "key-too-long"),
    "many indices": ("a: {" + "a[1]: 1, " * 10_000 + "}", "square-bracket-index"),
    "tabs": ("a:\t1\n" * 20_000, "tab"),
    "percent signs": ("%A\n" * 20_000 + "---\na: 1\n", "directive"),
    "a long line": ("a: {" + ", ".join(f"k{i}: *x" for i in range(20_000)) + "}", "anchor"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_in_a_clear_error_soon(name: str) -> None:
    text, rule = HOSTILE[name]
    data = text if isinstance(text, bytes) else text.encode()
    found = check(data, "hostile").diagnostics
    assert rule in {one.rule for one in found}
    for one in found:
        assert one.span is not None
        assert len(one.message) < 500
        assert len(one.help or "") < 1000


def test_a_mapping_of_100_000_keys_is_fine() -> None:
    document = read("".join(f"k{i}: {i}\n" for i in range(100_000)))
    assert place_of_last(document) == 100_000
    assert document.diagnostics == []


def place_of_last(document: Document) -> int:
    (one,) = document.locate([(("k99999",), False)])
    return one.span.line


def test_a_number_with_commas_as_the_key_of_an_item() -> None:
    text = b"nnc: 1\nlayers:\n  x:\n    weights:\n      - 1,000 : 3\n"
    document = read_document(text, "f")
    assert document.value == {"nnc": "1", "layers": {"x": {"weights": [{"1,000": "3"}]}}}
    assert document.diagnostics == []
