"""What a fit says for people, where the command does not show it."""

from nnc.scores.columns.table import table_of
from nnc.scores.documents import percent
from nnc.scores.fitting import FitOptions
from nnc.scores.report import as_text
from nnc.scores.selection import fit_table


def test_an_estimated_risk_is_never_none_or_all() -> None:
    assert [percent(share) for share in (0.0, 1e-9, 0.5, 1 - 1e-9, 1.0)] == [
        "< 0.1 %", "< 0.1 %", "50.0 %", "> 99.9 %", "> 99.9 %",
    ]  # fmt: skip


def test_a_proof_that_was_stopped_says_how_far_it_came() -> None:
    columns = {f"c{n}": [(row * (n + 3) // 2) % 2 for row in range(40)] for n in range(12)}
    rows = columns | {"y": [row * row % 3 % 2 for row in range(40)]}
    fit = fit_table(table_of(rows), FitOptions(label="y", seconds=1e-9))
    assert fit.proof.status == "stopped"
    assert 0 < fit.proof.bounded < fit.proof.choices
    text = as_text(fit)
    stopped = f"not proved: stopped when {fit.options.seconds:g} s were over, after "
    assert f"{stopped}{fit.proof.bounded:,} of" in text
    assert 0 < fit.proof.bound / 40 <= fit.card.train.loss
    assert f"no score is below a loss of {fit.proof.bound / 40:.5f}" in text
