"""What is left of an unknown verdict, in reports in JSON."""

from nnc.remaining import Remaining
from nnc.terminal.findings.remaining import left_record


def test_what_is_left_as_plain_data() -> None:
    assert left_record(None) is None
    left = Remaining((1, 3), 4, ("a", "b"), ("b",), (2, 5), ("n", "m"), ("rows",), 40)
    assert left_record(left) == {
        "elements": [1, 3],
        "size": 4,
        "open_inputs": ["a", "b"],
        "unbounded": ["b"],
        "neurons_before": 2,
        "neurons_after": 5,
        "first_before": "n",
        "first_after": "m",
        "steps": ["rows"],
        "budget": 40,
    }
    bare = left_record(Remaining(inputs=("a",)))
    assert bare is not None
    assert (bare["neurons_before"], bare["first_after"], bare["budget"]) == (None, None, None)
