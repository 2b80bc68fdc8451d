"""Files of skops: read as inert data, and what their estimators predict."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.models import skops as of_skops
from nnc.interchange.importing.models.estimators import Stored
from nnc.interchange.importing.settings import Settings

FILES = Path(__file__).parent / "files"
MODELS = ("forest", "boosting", "histograms", "pipeline")


@pytest.mark.parametrize("name", MODELS)
def test_a_file_gives_what_its_library_gives(name: str) -> None:
    imported = nnc.import_file(FILES / f"{name}.skops")
    lines = (FILES / f"{name}.skops.rows").read_text("utf-8").splitlines()
    *columns, given = zip(*map(json.loads, lines), strict=True)
    rows = dict(zip(imported.network.inputs, map(list, columns), strict=True))
    assert nnc.evaluate(imported.network, rows, floats="binary")["class"].tolist() == list(given)
    assert next(iter(imported.network.inputs)) == "sepal_length_cm"


def test_the_library_itself(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    from sklearn.datasets import load_wine
    from sklearn.ensemble import RandomForestClassifier

    rows, labels = load_wine(return_X_y=True)
    model = RandomForestClassifier(5, random_state=0).fit(rows, labels)
    skops.dump(model, tmp_path / "wine.skops")
    both = nnc.import_file(tmp_path / "wine.skops"), nnc.import_model(model)
    assert nnc.digest(both[0].network) == nnc.digest(both[1].network)


def archive(schema: object, **files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("schema.json", json.dumps(schema))
        for name, content in files.items():
            written.writestr(f"{name}.npy", content)
    return data.getvalue()


def saved(array: object) -> bytes:
    data = io.BytesIO()
    np.save(data, np.asarray(array))
    return data.getvalue()


def node(loader: str, **more: object) -> dict[str, object]:
    return {"__class__": "X", "__module__": "sklearn.x", "__loader__": loader, **more}


def test_nothing_of_a_file_is_run() -> None:
    """A reduced object, a function and a class are names; none is looked up."""
    content = {
        "a": node("ReduceNode", __reduce__={"args": ["os.system", "touch run"]}),
        "b": node("FunctionNode", content="os.system"),
        "c": node("TypeNode", __class__="system", __module__="os"),
    }
    model = of_skops.read_estimator(
        archive(node("ObjectNode", content=node("DictNode", content=content)))
    )
    assert {name: type(each) for name, each in model.fields.items()} == dict.fromkeys("abc", Stored)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK", "the archive is damaged"),
        (archive([]), "`schema.json` has an? .*list where an object should be"),
        (archive(node("JsonNode", content="1")), "the file holds a number|the file holds"),
        (archive(node("CachedNode", __id__=7)), "repeats an object that it does not have"),
        (archive(node("ObjectNode", content=node("DictNode", content=[]))), "where a mapping"),
        (archive(node("NdArrayNode", type="numpy", file="x.npy")), "no file `x.npy`"),
        (
            archive(node("NdArrayNode", type="numpy", file="x.npy"), x=saved([1, 2])[:-1]),
            "does not hold the array that it states",
        ),
        (archive(node("NdArrayNode", type="numpy", file="x.npy"), x=b"no"), "is not an NPY file"),
        (archive(node("TreeNode", content=node("DictNode", content={}))), "a tree has no nodes"),
        (archive(node("SliceNode", content={"start": "a"})), "has a slice of"),
        (
            archive(node("ObjectNode", __class__="DecisionTreeClassifier")),
            "DecisionTreeClassifier has no `n_features_in_`",
        ),
        (archive(node("ObjectNode", __class__="SVC")), "SVC is not an estimator"),
    ],
)
def test_damaged_files(data: bytes, message: str) -> None:
    with pytest.raises(InvalidNetworkError, match=message):
        of_skops.read(data, Settings())


def test_an_archive_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_skops, "MAX_UNPACKED", 1000)
    data = archive(node("NdArrayNode", type="numpy", file="x.npy"), x=bytes(10_000))
    with pytest.raises(InvalidNetworkError, match="unpacks to more than 1,000 bytes"):
        of_skops.read_estimator(data)
