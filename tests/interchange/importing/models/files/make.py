"""Make the model files, and the answers of their libraries: `python make.py`, where these are.

The rows lie on thresholds of the model. A file of rows has the columns, and last what the library
gave, so the tests need no library.
"""

import json
from pathlib import Path
from random import Random

import lightgbm
import numpy as np
import xgboost
from sklearn.datasets import load_breast_cancer, load_iris

from nnc.interchange.importing.models import lightgbm as of_lightgbm
from nnc.interchange.importing.models import xgboost as of_xgboost
from tests.support.forests import laid_rows

HERE = Path(__file__).parent


def write(name: str, model: object, data: str, forest: object, rows: np.ndarray) -> None:
    (HERE / name).write_text(data)
    laid = laid_rows(forest, rows, 100, Random(name))
    given = model.predict(laid).tolist()
    lines = [json.dumps([*row, answer]) for row, answer in zip(laid.tolist(), given, strict=True)]
    (HERE / f"{name}.rows").write_text("\n".join(lines) + "\n")


def main() -> None:
    iris, cancer = load_iris(return_X_y=True), load_breast_cancer(return_X_y=True)
    for name, (rows, labels) in {"iris": iris, "cancer": (cancer[0][:, :6], cancer[1])}.items():
        model = xgboost.XGBClassifier(n_estimators=4, max_depth=3).fit(rows, labels)
        text = bytes(model.get_booster().save_raw("json")).decode()
        write(f"{name}.xgboost.json", model, text, of_xgboost.read_forest(text.encode()), rows)
        model = lightgbm.LGBMClassifier(n_estimators=4, num_leaves=5, verbose=-1).fit(rows, labels)
        text = model.booster_.model_to_string()
        text = text[: text.index("\nfeature_importances")] + "\n"
        write(f"{name}.lightgbm.txt", model, text, of_lightgbm.read_forest(text.encode()), rows)


if __name__ == "__main__":
    main()
