"""Fixes are proved: what they are for is gone, and the text is no worse."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nnc.diagnostics.diagnostic import Edit, Span
from nnc.opening.checking import Checked, check
from nnc.terminal.commands.validate import fixable_of, fixed

INVALID = Path(__file__).parents[1] / "invalid"


def again(file: Path) -> Callable[[bytes], Checked]:
    return lambda data: check(data, str(file), path=file)


@pytest.mark.parametrize("code", sorted({file.name[:6] for file in INVALID.glob("*.nn.yaml")}))
def test_every_edit_of_the_corpus_does_what_it_is_for(code: str) -> None:
    for file in sorted(INVALID.glob(f"{code}*.nn.yaml")):
        data = file.read_bytes()
        checked = again(file)(data)
        for unsafe in (False, True):
            fixable = fixable_of(checked, unsafe=unsafe)
            after = fixed(data, checked, again(file), unsafe=unsafe)
            assert len(after.done) >= len(fixable), file
            assert (after.data == data) == (not fixable), file
            assert not fixable_of(after.checked, unsafe=unsafe), file
            if fixable:
                assert again(file)(after.data).diagnostics == after.checked.diagnostics, file


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_all_of_a_file_at_once(start: bytes) -> None:
    text = "nnc: 1\r\ninputs: [a]\r\nneurons: {n: {weights: {a: +1}, bias: -10}}\r\n"
    text += "outputs: [n]\r\n"
    file = Path("f")
    data = start + text.encode()
    after = fixed(data, again(file)(data), again(file), unsafe=False)
    new = text.replace("+1", "1").replace("bias: -10", "threshold: 10")
    assert after.data == start + new.encode()
    assert [each.rule for each in after.done] == ["plus-sign", "unknown-key"]


def test_an_edit_that_does_not_help_is_not_made() -> None:
    file = Path("f")
    neuron = b"{weights: {a: +1}, threshold: '2'}"
    data = b"nnc: 1\ninputs: {a: bit}\nneurons: {n: " + neuron + b"}\noutputs: [n]\n"
    checked = again(file)(data)
    plus, quoted = checked.diagnostics
    for span, text in ((plus.fix[0].span, "+2"), (Span(2, 9, 2, 10), "[")):
        wrong = replace(plus, fix=(Edit(span, text),))
        bad = replace(checked, diagnostics=[wrong, quoted])
        after = fixed(data, bad, again(file), unsafe=True)
        assert quoted.rule in {each.rule for each in after.done}
        assert b"threshold: 2" in after.data


def test_added_lines_get_the_line_ends_of_the_file() -> None:
    file = Path("f")
    data = b"inputs: [a]\r\nneurons: {n: {weights: {a: 1}, threshold: 1}}\r\noutputs: [n]\r\n"
    after = fixed(data, again(file)(data), again(file), unsafe=False)
    assert after.data == b"nnc: 1\r\n" + data


def test_a_word_for_a_bit_becomes_the_state_that_it_means() -> None:
    file = Path("f")
    data = b"""nnc: 1
fires: at_least
inputs: {a: {type: bit, states: [1, 0]}}
neurons: {k: {weights: {a: 1}, threshold: 1, states: [5, 2]}}
outputs: [k]
cases: [{given: {a: true}, expect: {k: false}}]
"""
    after = fixed(data, again(file)(data), again(file), unsafe=False)
    assert after.data == data.replace(b"true", b"0").replace(b"false", b"5")
