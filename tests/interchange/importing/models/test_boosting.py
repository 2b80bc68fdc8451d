"""Model files of XGBoost and LightGBM: the answers of these libraries, on rows on thresholds."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.models import forests
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
    with pytest.raises(ValueError, match="1 name given, and the model reads 6 columns"):
        nnc.import_file(FILES / "cancer.lightgbm.txt", names=["a"])


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_classifier_of_one_class_is_refused_as_that(library: str) -> None:
    model: Any = trained(library, "classes")[0]
    model.set_params(n_estimators=1).fit(np.arange(40.0).reshape(20, 2), np.zeros(20, int))
    with pytest.raises(nnc.InvalidNetworkError, match="fitted to one class alone, `0`"):
        nnc.import_model(model)


def xgboost_forest(data: bytes) -> Forest:
    return of_xgboost.described_forest(data)[0]


def trained(library: str, kind: str) -> tuple[object, Callable[[object], Forest]]:
    module = pytest.importorskip(library)
    if library == "xgboost":
        made = module.XGBClassifier if kind == "classes" else module.XGBRegressor
        return made(n_estimators=50, max_depth=4, n_jobs=1), lambda model: xgboost_forest(
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


@pytest.mark.parametrize("booster", ["gbtree", "dart"])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_dropped_trees(booster: str, kind: str, tmp_path: Path) -> None:
    """The trees of DART count their weights; UBJSON is refused with what to do."""
    from sklearn import datasets

    rows, labels = datasets.load_iris(return_X_y=True)
    model: Any = trained("xgboost", kind)[0]
    model.set_params(booster=booster, n_estimators=20, random_state=1)
    if booster == "dart":
        model.set_params(rate_drop=0.4, skip_drop=0.1)
    model.fit(rows, labels)
    for name in ("model.ubj", "model.json"):
        model.save_model(tmp_path / name)
    imported = nnc.import_file(tmp_path / "model.json")
    with pytest.raises(InvalidNetworkError, match="the file is UBJSON"):
        nnc.import_file(tmp_path / "model.ubj")
    every = np.concatenate([rows, laid_rows(xgboost_forest(
        (tmp_path / "model.json").read_bytes()), rows, 300, Random(2))])  # fmt: skip
    found = nnc.evaluate(imported.network, every, floats="binary")
    if kind == "classes":
        assert found["class"].tolist() == [str(each) for each in model.predict(every).tolist()]
    else:
        assert imported.ties is not None
        pairs = zip(found["value"].tolist(), model.predict(every).tolist(), strict=True)
        assert max(abs(a - b) for a, b in pairs) <= imported.ties.bound


@pytest.mark.parametrize("is_frame", [False, True])
def test_integers_that_are_categories(is_frame: bool) -> None:
    """Runs of integers go left; those that were not there while training go right."""
    module, pandas = pytest.importorskip("lightgbm"), pytest.importorskip("pandas")
    random = np.random.default_rng(1)
    shop = random.choice([0, 1, 2, 5, 7, 40], 500)
    size = random.normal(size=500)
    labels = (np.isin(shop, [1, 2, 40]) ^ (size > 0.4)).astype(int)
    more: Any = {"min_data_per_group": 5, "cat_smooth": 1, "verbose": -1, "n_jobs": 1}
    model = module.LGBMClassifier(n_estimators=9, **more)
    if is_frame:
        frame = pandas.DataFrame({"shop": pandas.Categorical(shop), "size": size})
        model.fit(frame, labels)
    else:
        model.fit(np.column_stack([shop, size]), labels, categorical_feature=[0])
    network = nnc.import_model(model, names=["shop", "size"]).network
    assert network.inputs["shop"].type == "integer"
    shops = np.array([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 39, 40, 41, 99, 1000] * 8)
    sizes = np.repeat([-2, -0.5, 0, 0.3, 0.39, 0.41, 0.5, 2], 15)
    every: Any = np.column_stack([shops, sizes])
    if is_frame:
        text, other = model.booster_.model_to_string(), 'pandas_categorical:[[0, 1.5, "x"]]'
        with pytest.raises(InvalidNetworkError, match="categories are neither texts nor integers"):
            of_lightgbm.read_forest(re.sub("pandas_categorical:.*", other, text).encode())
        known = [0, 1, 2, 5, 7, 40]
        kinds = [each if each in known else None for each in shops.tolist()]
        every = pandas.DataFrame({"shop": pandas.Categorical(kinds, known), "size": sizes})
    found = nnc.evaluate(network, {"shop": shops, "size": sizes}, floats="binary")
    assert found["class"].tolist() == [str(each) for each in model.predict(every).tolist()]


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


def stopped_early() -> tuple[Any, Any, np.ndarray[Any, Any]]:
    """Return a classifier whose best iteration is not its last, its rows, and what it predicts."""
    xgboost = pytest.importorskip("xgboost")
    rng = np.random.default_rng(3)
    columns = rng.integers(0, 8, (120, 3)).astype(np.float32)
    classes = (columns[:, 0] + rng.normal(0, 3, 120) > 4).astype(int)
    model = xgboost.XGBClassifier(
        n_estimators=30, max_depth=3, learning_rate=1.0, early_stopping_rounds=5, n_jobs=1
    )
    model.fit(columns[:60], classes[:60], eval_set=[(columns[60:], classes[60:])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    return model, columns, model.predict(columns)


def given(network: nnc.Network, columns: np.ndarray[Any, Any]) -> list[str]:
    rows = {name: columns[:, place] for place, name in enumerate(network.inputs)}
    return nnc.evaluate(network, rows, floats="binary")["class"].tolist()  # type: ignore[no-any-return]


def test_trees_after_the_best_iteration_are_left_out(tmp_path: Path) -> None:
    model, columns, wanted = stopped_early()
    model.save_model(tmp_path / "m.json")
    booster = model.get_booster()
    left = booster.num_boosted_rounds() - model.best_iteration - 1
    for found in (nnc.import_file(tmp_path / "m.json"), nnc.import_model(model)):
        assert given(found.network, columns) == [str(each) for each in wanted]
        [note] = found.notes
        assert note.rule == "left-out"
        assert note.message.startswith(f"{left} trees left out")
    xgboost = pytest.importorskip("xgboost")
    every = (booster.predict(xgboost.DMatrix(columns)) > 0.5).astype(int)
    assert (every != wanted).any()
    found = nnc.import_model(booster)
    assert given(found.network, columns) == [str(each) for each in every]
    assert not found.notes
    assert booster.attr("best_iteration") is not None


@pytest.mark.parametrize("best", ["-1", "9999", "many"])
def test_a_best_iteration_that_there_is_not(best: str) -> None:
    text = json.loads((FILES / "cancer.xgboost.json").read_text("utf-8"))
    text["learner"]["attributes"] = {"best_iteration": best}
    text["learner"]["gradient_booster"]["model"].pop("iteration_indptr", None)
    with pytest.raises(InvalidNetworkError) as error:
        of_xgboost.described_forest(json.dumps(text).encode())
    assert error.value.diagnostics[0].rule == "bad-import-file"


def test_a_count_of_columns_is_not_trusted() -> None:
    text = json.loads((FILES / "cancer.xgboost.json").read_text("utf-8"))
    text["learner"]["learner_model_param"]["num_feature"] = "16777216"
    text["learner"]["feature_names"] = text["learner"]["feature_types"] = []
    with pytest.raises(InvalidNetworkError, match="16,777,216 columns, and the file does not name"):
        of_xgboost.described_forest(json.dumps(text).encode())


def test_lightgbm_saves_the_trees_up_to_the_best_iteration() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    rng = np.random.default_rng(3)
    columns = rng.integers(0, 8, (120, 3)).astype(np.float64)
    classes = (columns[:, 0] + rng.normal(0, 3, 120) > 4).astype(int)
    first = lightgbm.Dataset(columns[:60], classes[:60])
    rest = lightgbm.Dataset(columns[60:], classes[60:], reference=first)
    settings = {"objective": "binary", "min_data_in_leaf": 3, "verbose": -1, "num_threads": 1}
    stop = lightgbm.early_stopping(5, verbose=False)
    model = lightgbm.train(
        settings, first, 40, valid_sets=[rest], callbacks=[stop], keep_training_booster=True
    )
    assert 0 < model.best_iteration < model.current_iteration()
    wanted = [str(int(each > 0.5)) for each in model.predict(columns)]
    assert given(nnc.import_model(model).network, columns) == wanted


@pytest.mark.parametrize("file", MODELS[::2])
def test_a_missing_library_is_named(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forests, "find_spec", lambda _: None)
    with pytest.raises(
        InvalidNetworkError, match="needs treelite, which is not installed"
    ) as error:
        nnc.import_file(FILES / file)
    assert error.value.diagnostics[0].rule == "missing-library"
