"""Changed numbers are judged by the evaluator of rows, which knows nothing of the search."""

from fractions import Fraction

import nnc
from nnc.compiler.graph import written_out
from nnc.compiler.plan import build_plan
from nnc.opening.checking import check_built
from nnc.repairs.problem.examples import of_values
from nnc.repairs.problem.numbers import written_numbers
from nnc.repairs.problem.problem import Change
from nnc.repairs.replay import failing_rows, repaired
from nnc.run.tables import Reading, batches_of

AND = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons: {out: {weights: {a: 1, b: 1}, threshold: 2}}
outputs: [out]
"""


def test_rows_that_fail_are_those_of_the_changed_network() -> None:
    checked = check_built(nnc.loads(AND))
    assert checked.linked is not None
    assert checked.graph is not None
    plan = build_plan(checked.graph)
    [batch] = batches_of(plan.inputs, {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1]}, Reading())
    example = of_values(plan, batch, {"out": [0, 1, 1, None]})
    assert failing_rows(checked.linked, example) == [1, 2]
    numbers, elsewhere = written_numbers(written_out(checked.linked), checked.graph)
    assert elsewhere.numbers == 0
    by_name = {number.name: number for number in numbers}
    assert list(by_name) == ["out.weights.a", "out.weights.b", "out.threshold"]
    for name, value, failing in (
        ("out.threshold", Fraction(1), []),
        ("out.threshold", Fraction(0), [0]),
        ("out.weights.a", Fraction(2), [1]),
    ):
        after, networks = repaired(checked.linked, (Change(by_name[name], value),))
        assert failing_rows(after, example) == failing
        assert list(networks) == [id(checked.linked)]
    assert failing_rows(checked.linked, example) == [1, 2]  # which is as it was
