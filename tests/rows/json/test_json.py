"""JSON and JSON Lines: numbers by their text, every mistake with its place, what is written."""

# ruff: noqa: E501

import io
import json
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.language.network import Input
from nnc.rows.columns import Column, Labels
from nnc.rows.formats import write_rows
from nnc.rows.json.objects import Objects
from nnc.rows.json.text import members
from nnc.rows.texts import Text
from tests.support.reading import batches, messages, rows

HALF = Fraction(1, 2)
REAL = {"x": Input(type="real")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "",
            [
                "r:1:1: error[NNC509] bad-json: the file is empty; expected an array of objects | write [] for no rows"
            ],
            id="empty",
        ),
        pytest.param(
            "3",
            [
                'r:1:1: error[NNC509] bad-json: expected an array of objects, found a number | write [{"a": 1}, …]'
            ],
            id="not-array",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "n": 2}, 4]',
            [
                'r:1:28: error[NNC509] bad-json: expected an object, found a number | write each row as an object: {"a": 1}'
            ],
            id="element",
        ),
        pytest.param(
            '"a"',
            [
                'r:1:1: error[NNC509] bad-json: expected an array of objects, found a text | write [{"a": 1}, …]'
            ],
            id="text",
        ),
        pytest.param(
            '{"a": 1, "b": 0, "n": 2}\n{"a": 1}',
            [
                "r:2:1: error[NNC509] bad-json: text after the end of the JSON value | one object per line is --from jsonl"
            ],
            id="after",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "n": 2},]',
            [
                "r:1:27: error[NNC509] bad-json: the text is not JSON: expected an object, found `]` | remove the comma before it"
            ],
            id="comma",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "n": 2} {}]',
            [
                "r:1:27: error[NNC509] bad-json: the text is not JSON: expected `,` or `]`, found `{` | None"
            ],
            id="no-comma",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "n": 2}',
            [
                "r:1:26: error[NNC509] bad-json: the text is not JSON: expected `,` or `]`, found the end | None"
            ],
            id="unclosed",
        ),
        pytest.param(
            '[{"a": 1, }]',
            [
                "r:1:11: error[NNC509] bad-json: the text is not JSON: expected a key in double quotes, found `}` | remove the comma before it"
            ],
            id="trailing",
        ),
        pytest.param(
            '[{"a" 1}]',
            ["r:1:7: error[NNC509] bad-json: the text is not JSON: expected `:`, found `1` | None"],
            id="no-colon",
        ),
        pytest.param(
            '[{"a": }]',
            [
                "r:1:8: error[NNC509] bad-json: the text is not JSON: expected a value, found `}` | None"
            ],
            id="no-value",
        ),
        pytest.param(
            "[{'a': 1}]",
            [
                "r:1:3: error[NNC509] bad-json: the text is not JSON: expected a key in double quotes, found `'` | write keys and texts in double quotes"
            ],
            id="single",
        ),
        pytest.param(
            '[{"a',
            ["r:1:3: error[NNC509] bad-json: the text is not JSON: a quote is not closed | None"],
            id="open-text",
        ),
        pytest.param(
            '[{"a\n": 1}]',
            [
                "r:1:5: error[NNC509] bad-json: the text is not JSON: there is a control character in a text | None"
            ],
            id="control",
        ),
        pytest.param(
            '[{"\\x": 1}]',
            [
                "r:1:4: error[NNC509] bad-json: the text is not JSON: a text has an unknown escape | None"
            ],
            id="escape",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "n": "2"}]',
            [
                'r:1:24: error[NNC208] quoted-number: input `n`: "2" is text, not a number | remove the quotes: 2'
            ],
            id="quoted",
        ),
        pytest.param(
            '[\n{"a": 1, "b": null, "n": 2}]',
            [
                "r:2:15: error[NNC505] missing-value: input `b`: the value is null, and there is no default | write a value, or give the input a `default`"
            ],
            id="null",
        ),
        pytest.param(
            '[{"a": 1, "b": [0], "n": 2}]',
            [
                "r:1:16: error[NNC504] bad-value: input `b`: expected a number, found an array | write 0 or 1"
            ],
            id="list",
        ),
        pytest.param(
            '[{"a": 1, "b": {}, "n": 2}]',
            [
                "r:1:16: error[NNC504] bad-value: input `b`: expected a number, found an object | write 0 or 1"
            ],
            id="object",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "n": true}]',
            [
                "r:1:24: error[NNC207] boolean-as-number: input `n`: `true` is not a number | write 1"
            ],
            id="true-integer",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "n": NaN}]',
            [
                "r:1:24: error[NNC202] not-finite: input `n`: `NaN` is not a finite number | write a finite number"
            ],
            id="nan",
        ),
        pytest.param(
            '[{"a": 2, "b": 0, "n": 2}]',
            ["r:1:8: error[NNC504] bad-value: input `a`: 2 is not 0 or 1 | write 0 or 1"],
            id="bit",
        ),
        pytest.param(
            '[{"a": "x", "b": 0, "n": 2}]',
            [
                "r:1:8: error[NNC201] not-a-number: input `a`: expected a number, found `x` | write 0 or 1"
            ],
            id="word",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "a": 1, "n": 2}]',
            ["r:1:19: error[NNC503] duplicate-column: key `a` appears twice | remove one of them"],
            id="twice",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "n": 2}, {"a": 1, "n": 2}]',
            [
                "r:1:28: error[NNC501] missing-column: input `b` has no key and no default | add a key for `b`"
            ],
            id="missing",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "nn": 2}]',
            [
                "r:1:19: error[NNC501] missing-column: key `nn` is not an input, and input `n` has no key | did you mean `n`?"
            ],
            id="misspelled",
        ),
        pytest.param(
            '[{"a": 1, "b": 0, "n": 2, "levl": 3}]',
            [
                "r:1:27: error[NNC515] column-not-input: key `levl` is not an input, and input `level` would take its default | did you mean `level`? If not, remove the key"
            ],
            id="default",
        ),
        pytest.param(
            b'[{"\xe9": 1}]',
            [
                "r:1:4: error[NNC002] bad-encoding: the byte 0xE9 is not UTF-8 | save the file as UTF-8"
            ],
            id="latin",
        ),
    ],
)
def test_every_mistake_in_json(text, expected):
    assert messages(text, "json") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            '{"a": 1, "b": 0, "n": 2}\n\n{"a": 1, "b": 0, "n": 2}\n\n',
            ["r:2:1: error[NNC507] blank-line: there is a blank line between rows | remove it"],
            id="blank",
        ),
        pytest.param(
            '{"a": 1, "b": 0, "n": 2}\n{"a": 1,\n{"a": 3, "b": 0, "n": 2}\n',
            [
                "r:2:9: error[NNC509] bad-json: the text is not JSON: expected a key in double quotes, found the end | None",
                "r:3:7: error[NNC504] bad-value: input `a`: 3 is not 0 or 1 | write 0 or 1",
            ],
            id="bad",
        ),
        pytest.param(
            '{"a": 1, "b": 0, "n": 2} {"a": 1}\n',
            ["r:1:26: error[NNC509] bad-json: text after the object | write one object per line"],
            id="two",
        ),
        pytest.param(
            "[]\n",
            [
                'r:1:1: error[NNC509] bad-json: expected an object, found an array | write each row as an object: {"a": 1}'
            ],
            id="array",
        ),
        pytest.param(
            "   \n",
            [
                "r:1:4: error[NNC509] bad-json: the text is not JSON: expected a value, found the end | None"
            ],
            id="blanks",
        ),
    ],
)
def test_every_mistake_in_json_lines(text, expected):
    assert messages(text, "jsonl") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[" * 100_000,
            "r:1:2: error[NNC509] bad-json: the text is nested too deeply | write one flat object a row",
        ),
        (
            '[{"a": ' + "[" * 100_000,
            "r:1:2: error[NNC509] bad-json: the text is nested too deeply | write one flat object a row",
        ),
        (
            '[{"a": 1, "b": 0, "n": ' + "1" * 5000 + "}]",
            "r:1:24: error[NNC211] too-many-digits: input `n`: the number has 5000 digits; at most 400 are allowed | write it with fewer digits",
        ),
        (
            '[{"a": 1, "b": 0, "n": ' + "1" * 401 + "}]",
            "r:1:24: error[NNC211] too-many-digits: input `n`: the number has 401 digits; at most 400 are allowed | write it with fewer digits",
        ),
    ],
)
def test_hostile_texts_are_told(text, expected):
    assert messages(text, "json") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1, "b": 0, "n": 7}, {"a": 0, "b": 1, "n": 8}]',
        '\ufeff [{"b":false,"n":7.0,"a":true},\r\n{"n":80e-1,"a":0.0,"b":1E0,"level":0.50}]\n',
        '[{"a": 1, "b": 0, "n": 7, "level": "1/2"}, {"a": false, "b": true, "n": 8}]',
    ],
)
def test_many_spellings_mean_the_same(text):
    assert rows(text, "json") == [(1, 0, 7, HALF), (0, 1, 8, HALF)]


def test_one_object_is_one_row_and_an_empty_array_none():
    assert rows('{"a": 1, "b": 0, "n": 7}', "json") == [(1, 0, 7, HALF)]
    assert rows("[]", "json") == []
    assert rows("", "jsonl") == []


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_batches_change_nothing(monkeypatch, size, form):
    monkeypatch.setattr("nnc.rows.json.jsonl.CHUNK", 10 * size)
    objects = [f'{{"a": 1, "b": 0, "n": {n}}}' for n in range(5)]
    text = "[" + ",\n".join(objects) + "]" if form == "json" else "\n".join(objects)
    assert all(batch.count <= size for batch in batches(text, form, batch_size=size))
    assert rows(text, form, batch_size=size) == [(1, 0, n, HALF) for n in range(5)]


def test_places_in_later_lines_are_right(monkeypatch):
    monkeypatch.setattr("nnc.rows.json.jsonl.CHUNK", 8)
    good = '{"a": 1, "b": 0, "n": 7}\n'
    assert messages(good * 4 + '{"a": 1, "b": 0, "n": 101}\n', "jsonl") == [
        "r:5:23: error[NNC504] bad-value: input `n`: 101 is above max 100 | write an integer from 0 to 100"
    ]


@pytest.mark.parametrize("size", [8, 40, 1000])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("ends_with", ["", "end"])
def test_line_ends_are_not_blank_lines(monkeypatch, size, line_end, ends_with):
    monkeypatch.setattr("nnc.rows.json.jsonl.CHUNK", size)
    lines = ['{"a": 1, "b": 0, "n": 7}', '{"a": 1, "b": 0, "n": 101}', '{"a": 0, "b": 1, "n": 8}']
    last = line_end if ends_with else ""
    assert rows(line_end.join((lines[0], lines[2])) + last, "jsonl") == [
        (1, 0, 7, HALF),
        (0, 1, 8, HALF),
    ]
    assert messages(line_end.join(lines) + last, "jsonl") == [
        "r:2:23: error[NNC504] bad-value: input `n`: 101 is above max 100 | write an integer from 0 to 100"
    ]


def test_extras_are_kept_as_text():
    text = '[{"a": 1, "b": 0, "n": 7, "x": "é", "y": 1.50, "z": {"k": [1, true]}}, {"a": 1, "b": 0, "n": 7, "y": null}]'
    [batch] = batches(text, "json", extra="keep")
    assert batch.extras == {"x": ["é", ""], "y": ["1.50", ""], "z": ['{"k": [1, true]}', ""]}


def test_a_key_that_comes_up_late_is_told_once():
    text = '{"a": 1, "b": 0, "n": 7}\n{"a": 1, "b": 0, "n": 7, "x": 1}\n{"a": 1, "b": 0, "n": 7, "x": 1}'
    assert messages(text, "jsonl", extra="keep", batch_size=1) == [
        (
            "r:2:26: warning[NNC502] unknown-column: key `x` is not an input, appears late and is left out "
            "| give it in the first row too"
        )
    ]


def test_an_unknown_key_is_named_once():
    text = '{"a": 1, "b": 0, "n": 7, "note": 1}\n' * 3
    assert messages(text, "jsonl") == [
        (
            "r:1:26: warning[NNC502] unknown-column: key `note` is not an input and is left out "
            "| `--extra keep` writes it beside the outputs, `--extra error` refuses it"
        )
    ]
    assert len(messages(text, "jsonl", extra="error")) == 3


def test_a_place_is_only_looked_up_where_something_is_told(monkeypatch):
    def fail(*_):
        raise AssertionError

    monkeypatch.setattr(Text, "place", fail)
    monkeypatch.setattr("nnc.rows.json.objects.members", fail)
    orders = [f'{{"{one}": 1, "{two}": 2}}' for one, two in permutations("xyz", 2)]
    inputs = {name: Input(type="real", default=0) for name in "xyz"}
    assert len(rows(f"[{', '.join(orders)}]", "json", inputs)) == 6


def test_of_orders_of_keys_only_so_many_are_kept(monkeypatch):
    kept = []
    monkeypatch.setattr("nnc.rows.json.objects._MAX_LAYOUTS", 2)
    monkeypatch.setattr(Objects, "note_unused", lambda self, _: kept.append(len(self._layouts)))
    lines = [f'{{"{one}": 1, "{two}": 2}}' for one, two in permutations("xyz", 2)] * 2
    inputs = {name: Input(type="real", default=0) for name in "xyz"}
    assert len(rows("\n".join([*lines, ""]), "jsonl", inputs)) == 12
    assert kept == [2]


def test_an_object_is_scanned_once_however_many_of_its_values_are_wrong(monkeypatch):
    scanned = []

    def scan(text, at):
        scanned.append(at)
        return members(text, at)

    monkeypatch.setattr("nnc.rows.json.objects.members", scan)
    inputs = {f"x{i}": Input(type="real") for i in range(30)}
    text = "[" + ", ".join([json.dumps(dict.fromkeys(inputs, "?"))] * 3) + "]"
    assert len(messages(text, "json", inputs)) == 90
    assert len(scanned) == len(set(scanned)) == 3


@given(
    st.lists(
        st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=9), min_size=1
    )
)
def test_numbers_are_read_from_their_text(numbers):
    text = "\n".join(f'{{"x": {one}}}' for one in numbers)
    assert rows(text, "jsonl", REAL) == [(Fraction(one),) for one in numbers]


@given(st.text('[]{},:"a1.e- \\nt', max_size=40))
def test_no_text_is_a_traceback(text):
    messages(text, "json", {"a": Input(type="bit")})
    messages(text, "jsonl", {"a": Input(type="bit")})


RESULT = {
    "n": Column(np.array([2**53 - 1, 2**53, -(2**53) + 1, -(2**53)], np.int64)),
    "x": Column(np.array([1, 2, 3, 4], np.int64), 3),
    "l": Labels(np.array([0, 1, 0, 1]), ('say "é"', "2")),
    "t": ["", "\n", "b", "c"],
}


def test_written_json():
    out = io.BytesIO()
    write_rows([RESULT, RESULT], out, "json", names=list(RESULT))
    text = out.getvalue().decode()
    assert text.startswith(
        '[\n  {"n": 9007199254740991, "x": "1/3", "l": "say \\"é\\"", "t": ""},\n'
        '  {"n": "9007199254740992", "x": "2/3", "l": "2", "t": "\\n"},\n'
        '  {"n": -9007199254740991, "x": 1, '
    )
    assert text.endswith("}\n]\n")
    assert json.loads(text) == json.loads(text)[:4] * 2


def test_written_json_lines():
    out = io.BytesIO()
    write_rows([RESULT], out, "jsonl", names=["n", "x"])
    assert out.getvalue().decode().splitlines()[3] == '{"n": "-9007199254740992", "x": "4/3"}'


def test_no_results():
    for form, expected in (("json", b"[]\n"), ("jsonl", b"")):
        out = io.BytesIO()
        write_rows([], out, form, names=["a"])
        assert out.getvalue() == expected


def test_a_misspelt_element_is_told_once_with_a_wrong_value() -> None:
    """The fuzzer's find: the value had no place, as no key had its name."""
    inputs = {"n": Input(type="integer", size=2)}
    text = '{"n(0)": 1, "n(1)": 2}\n{"n(0)": 1, "\u00a0n(1)": "b"}\n'
    assert messages(text, "jsonl", inputs) == [
        "r:2:13: error[NNC501] missing-column: key `\\xa0n(1)` is not an input, and `n(1)` has no key | remove the spaces: `n(1)`"
    ]
