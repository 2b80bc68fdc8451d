"""Model files of XGBoost and LightGBM: the answers of these libraries, on rows on thresholds."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest

import nnc
from nnc.interchange.importing.models import lightgbm as of_lightgbm
from nnc.interchange.importing.models import xgboost as of_xgboost
from nnc.interchange.importing.models.trees import Forest
from tests.support.forests import laid_rows

FILES = Path(__file__).parent / "files"
MODELS = ("iris.xgboost.json", "cancer.xgboost.json", "iris.lightgbm.txt", "cancer.lightgbm.txt")


def answers_of(file: str) -> tuple[nnc.Network, dict[str, list[float]], list[str]]:
    imported = nnc.import_file(FILES / file)
    lines = (FILES / f"{file}.rows").read_text("utf-8").splitlines()
    *columns, given = zip(*map(json.loads, lines), strict=True)
    rows = dict(zip(imported.network.inputs, map(list, columns), strict=True))
    return imported.network, rows, [str(each) for each in given]


@pytest.mark.parametrize("file", MODELS)
def test_a_file_gives_what_its_library_gives(file: str) -> None:
    network, rows, given = answers_of(file)
    assert nnc.evaluate(network, rows, floats="binary")["class"].tolist() == given


@pytest.mark.parametrize("file", MODELS)
def test_short_cut_offs_are_right_on_rows_of_their_floats(file: str) -> None:
    network, rows, _ = answers_of(file)
    short = nnc.import_file(FILES / file, cutoffs="short")
    kind = "float32" if "xgboost" in file else "float64"
    assert short.exactness.endswith(f"the cut-offs are exact on {kind} rows")
    stored = {name: np.array(column, kind) for name, column in rows.items()}
    both = [nnc.evaluate(n, stored, floats="binary") for n in (network, short.network)]
    assert both[0]["class"].tolist() == both[1]["class"].tolist()
    assert len(nnc.to_yaml(short.network)) < len(nnc.to_yaml(network))


def test_names_and_classes() -> None:
    names, classes = ["a", "b", "c", "d", "e", "f"], ["benign", "malign"]
    imported = nnc.import_file(FILES / "cancer.xgboost.json", names=names, classes=classes)
    assert list(imported.network.inputs) == names
    assert imported.network.outputs["class"].labels == tuple(classes)
    with pytest.raises(ValueError, match="classes has 1 names, the model has 2"):
        nnc.import_file(FILES / "cancer.xgboost.json", classes=["benign"])
    with pytest.raises(ValueError, match="there are 1 names of 6 features"):
        nnc.import_file(FILES / "cancer.lightgbm.txt", names=["a"])


def trained(library: str, kind: str) -> tuple[object, Callable[[object], Forest]]:
    module = pytest.importorskip(library)
    if library == "xgboost":
        made = module.XGBClassifier if kind == "classes" else module.XGBRegressor
        return made(n_estimators=50, max_depth=4, n_jobs=1), lambda model: of_xgboost.read_forest(
            bytes(model.get_booster().save_raw("json"))  # type: ignore[attr-defined]
        )
    made = module.LGBMClassifier if kind == "classes" else module.LGBMRegressor
    return made(n_estimators=50, verbose=-1, n_jobs=1), lambda model: of_lightgbm.read_forest(
        model.booster_.model_to_string().encode()  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
@pytest.mark.parametrize("data", ["iris", "breast_cancer", "wine", "digits"])
def test_the_library_itself(library: str, kind: str, data: str, full: bool) -> None:
    if data != "iris" and not full:
        pytest.skip("one of the volume tests: --all-examples")
    from sklearn import datasets

    rows, labels = getattr(datasets, f"load_{data}")(return_X_y=True)
    model, forest_of = trained(library, kind)
    model.fit(rows, labels)  # type: ignore[attr-defined]
    imported = nnc.import_model(model)
    laid = laid_rows(forest_of(model), rows, 2000 if full else 300, Random(data))
    every = np.concatenate([rows, laid])
    given = model.predict(every)  # type: ignore[attr-defined]
    found = nnc.evaluate(imported.network, every, floats="binary")
    if kind == "classes":
        assert found["class"].tolist() == [str(each) for each in given.tolist()]
    else:
        assert imported.ties is not None
        off = max(abs(a - b) for a, b in zip(found["value"].tolist(), given.tolist(), strict=True))
        assert off <= imported.ties.bound


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_categories(library: str) -> None:
    pandas = pytest.importorskip("pandas")
    module = pytest.importorskip(library)
    random = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {
            "colour": pandas.Categorical(random.choice(["red", "green", "blue", "grey"], 400)),
            "size": random.normal(size=400),
        }
    )
    labels = frame.colour.isin(["red", "blue"]) ^ (frame["size"] > 0.3)
    if library == "xgboost":
        model = module.XGBClassifier(n_estimators=9, enable_categorical=True, n_jobs=1)
    else:
        model = module.LGBMClassifier(
            n_estimators=9, verbose=-1, min_data_per_group=5, cat_smooth=1, n_jobs=1
        )
    model.fit(frame, labels.astype(int))
    network = nnc.import_model(model).network
    assert network.inputs["colour"].of == ("blue", "green", "grey", "red")
    rows = {"colour": frame.colour.astype(str).tolist(), "size": frame["size"].to_numpy()}
    found = nnc.evaluate(network, rows, floats="binary")["class"].tolist()
    assert found == [str(each) for each in model.predict(frame).tolist()]
