"""Rows that change, against the evaluation of each network by itself."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

import nnc
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.differences.row_changes import Move, OutputRows, RowChanges, compare_rows
from tests.support.comparing import plan
from tests.support.pairs import mutant, network, rows_of, text_of, truth_table


def changes(before: str, after: str, rows: str) -> RowChanges:
    """Compare two networks for the rows of a CSV file, of which nothing is to be warned."""
    Path("rows.csv").write_text(rows)
    return compare_rows(plan(before), plan(after), "rows.csv", report=_never)


def _never(warning: Diagnostic) -> None:
    pytest.fail(str(warning))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_random_networks_against_the_oracle(chunk: int) -> None:
    rng = Random(chunk)
    for _ in range(4):
        before = network(rng)
        after = mutant(rng, mutant(rng, before))
        rows = rng.choices(rows_of(before), k=rng.randint(1, 300))
        header = ",".join(before["inputs"])
        lines = [",".join(map(str, row.values())) for row in rows]
        Path("rows.csv").write_text("\n".join([header, *lines, ""]))
        plans = [nnc.compile(nnc.loads(text_of(one))) for one in (before, after)]
        found = compare_rows(*plans, file="rows.csv", report=_never)
        every = [tuple(row.values()) for row in rows_of(before)]
        places = [every.index(tuple(row.values())) for row in rows]
        tables = truth_table(before), truth_table(after)
        assert (found.file, found.rows) == ("rows.csv", len(rows))
        changed = set()
        for output in found.outputs:
            old, new = (table[output.output] for table in tables)
            moves = [(old[place], new[place]) for place in places]
            differing = [row for row, (x, y) in enumerate(moves, 1) if x != y]
            changed |= set(differing)
            assert output.changed == len(differing)
            counts = Counter(moves[row - 1] for row in differing)
            assert {(move.before, move.after): move.times for move in output.moves} == counts
            assert [move.times for move in output.moves] == sorted(counts.values(), reverse=True)
            for move in output.moves:
                first = [row for row in differing if moves[row - 1] == (move.before, move.after)][
                    :3
                ]
                assert list(move.rows) == first
        assert found.changed == len(changed)


BASE = """\
inputs: {a: bit, n: integer}
neurons: {s: {weights: {a: 1, n: 1}, threshold: 2}}
outputs: [s]
"""


def test_inputs_in_another_order_are_read_once() -> None:
    after = BASE.replace("a: bit, n: integer", "n: integer, a: bit").replace("2}", "3}")
    found = changes(BASE, after, "n,a\n1,1\n2,1\n2,0\n")
    assert found == RowChanges(
        "rows.csv",
        3,
        2,
        (OutputRows("s", 2, (Move(1, 0, 2, (1, 3)),)),),
    )


def test_each_network_takes_the_inputs_that_it_has() -> None:
    after = BASE.replace("a: bit,", "b: {type: bit, default: 1},").replace("a: 1", "b: 1")
    assert changes(BASE, after, "n,a\n1,0\n1,1\n0,1\n").outputs[0].moves == (Move(0, 1, 1, (1,)),)
    assert changes(BASE, after, "n,a,b\n1,0,0\n1,1,0\n0,1,0\n").outputs[0].moves == (
        Move(1, 0, 1, (2,)),
    )


def test_labels_are_compared_and_not_their_places() -> None:
    text = BASE.replace("[s]", "{what: {level: s, labels: [no, yes]}}")
    turned = text.replace("threshold: 2", "threshold: 2, fires: below")
    assert changes(text, turned.replace("[no, yes]", "[yes, no]"), "n,a\n1,0\n5,0\n").changed == 0
    assert changes(text, turned, "n,a\n1,0\n5,0\n").changed == 2
    other = text.replace("[no, yes]", "[no, perhaps]")
    assert changes(text, other, "n,a\n1,0\n5,0\n").outputs[0].moves == (
        Move("yes", "perhaps", 1, (2,)),
    )


def test_sums_over_other_denominators() -> None:
    text = BASE.replace("[s]", "{sum: {sum: s}}")
    after = text.replace("a: 1,", "a: 1/3,")
    moves = changes(text, after, "n,a\n1,0\n5,1\n").outputs[0].moves
    assert [(move.rows, str(move.after)) for move in moves] == [((2,), "16/3")]


def test_outputs_that_only_one_has_are_left_out() -> None:
    after = BASE.replace("[s]", "{s: s, t: s}").replace("2}", "7}")
    assert [one.output for one in changes(BASE, after, "n,a\n3,0\n").outputs] == ["s"]
    number = BASE.replace("[s]", "{what: s}")
    labelled = BASE.replace("[s]", "{what: {level: s, labels: [no, yes]}}")
    assert changes(number, labelled, "n,a\n3,0\n") == RowChanges("rows.csv", 1, 0, ())


def test_of_very_many_moves_the_first_are_told() -> None:
    text = BASE.replace("[s]", "{sum: {sum: s}}")
    rows = "n,a\n" + "".join(f"{i},1\n" for i in range(1500))
    (output,) = changes(text, text.replace("a: 1", "a: 2"), rows).outputs
    assert (output.changed, len(output.moves)) == (1500, 1000)


def test_batches_count_on() -> None:
    rows = "n,a\n" + "0,0\n" * 70_000 + "2,0\n"
    (output,) = changes(BASE, BASE.replace("2}", "3}"), rows).outputs
    assert output.moves == (Move(1, 0, 1, (70_001,)),)
