"""Make the model files, and the answers of their libraries: `python make.py`, where these are.

The rows lie on thresholds of the model. A file of rows has the columns, and last what the library
gave, so the tests need no library.
"""

import json
from pathlib import Path
from random import Random
from zipfile import ZIP_DEFLATED

import lightgbm
import numpy as np
import skops.io
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

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


def write_skops() -> None:
    """Write estimators of scikit-learn, and what they predict for rows of iris."""
    iris, labels = load_iris(return_X_y=True, as_frame=True)
    names = np.array(["setosa", "versicolor", "virginica"])[labels]
    scaled = ColumnTransformer([("scaled", StandardScaler(), [0, 1])], remainder="passthrough")
    for name, model in {
        "forest": RandomForestClassifier(3, max_depth=3, random_state=0),
        "boosting": GradientBoostingClassifier(n_estimators=2, max_depth=2, random_state=0),
        "histograms": HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=4),
        "pipeline": make_pipeline(scaled, LogisticRegression()),
    }.items():
        model.fit(iris, names)
        file = HERE / f"{name}.skops"
        skops.io.dump(model, file, compression=ZIP_DEFLATED, compresslevel=9)
        rows = iris.iloc[::3].to_numpy()
        given = model.predict(iris.iloc[::3]).tolist()
        lines = [
            json.dumps([*row, answer]) for row, answer in zip(rows.tolist(), given, strict=True)
        ]
        file.with_suffix(".skops.rows").write_text("\n".join(lines) + "\n")


def main() -> None:
    write_skops()
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
