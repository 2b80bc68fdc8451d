"""The table of everything that is reported."""

from typing import get_args

from nnc.diagnostics.rules import RULES, RuleName

RETIRED = {"NNC107", "NNC402", "NNC942"}


def test_codes_and_names_are_used_once_and_in_order() -> None:
    codes = [rule.code for rule in RULES.values()]
    assert codes == sorted(set(codes))
    assert list(RULES) == [rule.name for rule in RULES.values()]
    assert all(name == name.lower() and name.replace("-", "").isalnum() for name in RULES)


def test_the_names_for_mypy_are_those_of_the_table() -> None:
    assert get_args(RuleName) == tuple(RULES)


def test_each_is_summed_up_in_one_line() -> None:
    for rule in RULES.values():
        assert rule.summary.endswith(".")
        assert len(rule.summary) < 90
        assert rule.summary.isprintable()


def test_codes_that_are_retired_stay_unused() -> None:
    assert RETIRED.isdisjoint(rule.code for rule in RULES.values())


def test_only_what_rests_on_rows_cases_weights_or_age_is_a_warning() -> None:
    warnings = {rule.code[:4] for rule in RULES.values() if rule.severity != "error"}
    assert warnings == {"NNC5", "NNC6", "NNC7", "NNC9"}
    assert RULES["stale-compiled"].severity == "warning"
