"""NetworkClassifier: networks that are given, in tools of scikit-learn."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import check_estimator

import nnc
from nnc.sklearn import NetworkClassifier
from tests.support.running import MAIL, XOR

LEARNS_NOTHING = {
    "check_classifiers_train": "accuracy is asked for",
    "check_classifiers_classes": "the classes are those of the network",
    "check_classifiers_one_label": "the one label is asked for",
    "check_classifiers_regression_target": "labels are not learnt from",
}
ROWS = pd.DataFrame({"id": list("pqrs"), "blacklisted": [1, 0, 1, 1], "bayes": [0, 0, 1, 1],
                     "links": [0, 3, 50, None]})  # fmt: skip
VERDICTS = ["ham", "ham", "spam", "spam"]


class AsWide(NetworkClassifier):
    """A network as wide as the rows: 1 where their sum is above 0."""

    def __init__(self, network: Any = None) -> None:
        super().__init__(network)

    def _network(self) -> nnc.Network:
        names = [f"x{place}" for place in range(self.n_features_in_)]
        return nnc.Network(
            inputs=dict.fromkeys(names, "real"),
            neurons={"n": {"weights": dict.fromkeys(names, 1), "threshold": 0, "fires": "above"}},
            outputs={"n": "n"},
        )


def test_the_checks_of_scikit_learn_fail_only_where_something_is_to_be_learnt() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks = check_estimator(AsWide(), on_fail=None)
    failed = {
        each["check_name"]: each["exception"] for each in checks if each["status"] == "failed"
    }
    assert failed.keys() <= LEARNS_NOTHING.keys(), failed


def test_a_file_predicts_its_labels(tmp_path: Any) -> None:
    file = tmp_path / "mail.nn.yaml"
    file.write_text(MAIL)
    mail = NetworkClassifier(file).fit(ROWS, VERDICTS)
    assert mail.classes_.tolist() == ["ham", "spam", "suspicious"]
    assert mail.predict(ROWS).tolist() == VERDICTS
    assert mail.score(ROWS, VERDICTS) == 1
    assert not hasattr(mail, "decision_function")
    array = ROWS[["blacklisted", "bayes", "links"]].fillna(0).to_numpy()
    assert NetworkClassifier(file).fit(array).predict(array).tolist() == VERDICTS
    assert nnc.digest(nnc.loads(mail.to_yaml())) == nnc.digest(nnc.loads(MAIL))


def test_classes_name_the_values_of_a_bit() -> None:
    network = nnc.loads(MAIL.replace("flags: [score.suspicious, score.spam]", "spam: score.spam"))
    mail = NetworkClassifier(network, "spam", classes=["spam", "ham"], points="points")
    labels = ["spam", "spam", "ham", "ham"]  # of values 0, 0, 1 and 1
    assert mail.fit(ROWS, labels).predict(ROWS).tolist() == labels
    assert mail.decision_function(ROWS).tolist() == [1.7, 0, 6.2, 5.2]
    assert roc_auc_score([0, 0, 1, 1], mail.decision_function(ROWS)) == 1
    with pytest.warns(
        UserWarning, match="y has `ham`, `spam`, which `spam` never gives: it gives `0`, `1`"
    ):
        NetworkClassifier(network, "spam").fit(ROWS, labels)


def test_it_is_cross_validated() -> None:
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 3)
    assert (
        cross_val_score(NetworkClassifier(nnc.loads(XOR)), x, x[:, 0] ^ x[:, 1]).tolist() == [1] * 5
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"output": "verdikt"}, "no output `verdikt`; did you mean `verdict`"),
        ({"output": "points"}, "`points` has no classes"),
        ({"points": "verdict2"}, "no output `verdict2`"),
        ({"points": "flags"}, "points is `flags`, which is not a sum"),
        (
            {"classes": ["a", "b"]},
            "classes has 2 names, and `verdict` 3 values: `ham`, `suspicious`",
        ),
    ],
)
def test_what_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkClassifier(nnc.loads(MAIL), **settings).fit(ROWS, VERDICTS)


def test_rows_that_mean_nothing_are_refused_at_once() -> None:
    with pytest.raises(nnc.InvalidRowsError, match="bayes"):
        NetworkClassifier(nnc.loads(MAIL)).fit(ROWS.drop(columns="bayes"), VERDICTS)
