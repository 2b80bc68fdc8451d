"""A folder with a network and rows in it, for the tests of jobs."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from tests.support.running import XOR, Nnc


@pytest.fixture
def nnc(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    return Nnc(capfdbinary, monkeypatch, tmp_path)


@pytest.fixture
def rows_folder(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("xor.nn.yaml").write_text(XOR)
    Path("in/below").mkdir(parents=True)
    Path("in/x.csv").write_text("id,a,b\np,0,0\nq,1,0\n")
    Path("in/below/y.jsonl").write_text('{"a": 1, "b": 1}\n')
    table = pa.table({"a": [0, 1, 0, 1, 0], "b": [0, 0, 1, 1, 1], "k": list("stuvw")})
    pq.write_table(table, "in/z.parquet", row_group_size=2)
    Path("in/_SUCCESS").write_text("")
