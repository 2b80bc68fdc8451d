"""scikit-learn estimators that train networks from rows, or wrap existing ones.

>>> from nnc.sklearn import ScorecardClassifier
>>> card = ScorecardClassifier(terms=2).fit([[70], [66], [30], [31]], [1, 1, 0, 0])
>>> card.predict([[80], [20]]).tolist(), card.proof_.status
([1, 0], 'proved')

Importing this module without scikit-learn raises ImportError with what to install.

Order: estimators, scorecards, threshold_mlp, networks.
"""

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.extras import install_line

try:
    import sklearn  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "sklearn":
        raise
    missing = Diagnostic(
        "missing-library",
        "nnc.sklearn needs scikit-learn, which is not installed",
        help=install_line("sklearn"),
    )
    raise ImportError(f"{missing}; {missing.help}", name="sklearn") from None

from nnc.sklearn.networks import NetworkClassifier
from nnc.sklearn.scorecards import ScorecardClassifier
from nnc.sklearn.threshold_mlp import ThresholdMLPClassifier

__all__ = ["NetworkClassifier", "ScorecardClassifier", "ThresholdMLPClassifier"]
