"""Which tests `./check --quick` takes."""

import pytest

from tests.changed import ALWAYS, READERS, ROOT, TESTS, near


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("framework/nnc/run/engines/layers.py", ["run/engines/test_layers.py"]),
        ("framework/nnc/run/engines/neurons.c", ["run/engines"]),
        ("framework/nnc/proofs/strategies/sweep.py", ["proofs/strategies/test_sweep.py"]),
        ("framework/nnc/opening/cases/selection.py", ["opening/cases"]),
        ("framework/nnc/run/trace/text.py", ["run/trace/test_text.py"]),
        ("tests/rows/csv/test_csv.py", ["rows/csv/test_csv.py"]),
        ("tests/invalid/NNC001-unclosed-quote.nn.yaml", ["test_invalid.py"]),
        ("docs/format.md", ["test_docs.py"]),
        ("LICENSE", []),
    ],
)
def test_a_change_runs_the_tests_near_it(path: str, tests: list[str]) -> None:
    assert list(near(path)) == tests


def test_the_tables_name_what_there_is() -> None:
    assert all((TESTS / name).exists() for name in (*ALWAYS, *READERS.values()))
    assert all((ROOT / data).exists() for data in READERS)
