"""The same bytes in a store of objects: one that moto serves, over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from nnc import FileError, InvalidRowsError, do, load
from nnc import job as job_of
from nnc.jobs.folders import RemoteFolder, folder_of
from tests.support.running import Nnc

pytestmark = pytest.mark.usefixtures("rows_folder")

server = pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def _s3() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y"),
                            ("AWS_DEFAULT_REGION", "us-east-1"),
                            ("AWS_EC2_METADATA_DISABLED", "true")):  # fmt: skip
            patch.setenv(name, value)
        store = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        store.start()
        yield f"127.0.0.1:{store.get_host_and_port()[1]}"
        store.stop()


@pytest.fixture
def query(_s3: str, request: pytest.FixtureRequest) -> str:
    """Return what follows an address, in a bucket of the test with the files of its folder."""
    system = fs.S3FileSystem(endpoint_override=_s3, scheme="http", allow_bucket_creation=True)
    bucket = request.node.name.replace("_", "-")[:40]
    system.create_dir(bucket)
    for file in Path("in").rglob("*"):
        if file.is_file():
            with system.open_output_stream(f"{bucket}/{file.as_posix()}") as stream:
                stream.write(file.read_bytes())
    return f"s3://{bucket}/%s?endpoint_override={_s3}&scheme=http"


def test_the_bytes_are_those_of_a_folder(nnc: Nnc, query: str) -> None:
    network = load("xor.nn.yaml")
    job_of(network, "in/", "out/", rows=2, extra="keep").run()
    job = job_of(network, query % "in/", query % "out/", rows=2, extra="keep")
    do(job.tasks[3])
    with pytest.raises(FileError, match="it holds results of another run"):
        job_of(network, query % "in/", query % "out/", rows=2, extra="keep")
    assert str(job.run()) == "3 files, 8 rows".replace("3", "5")
    place = folder_of(query % "out/")
    names = [each.name for each in place.find()]
    assert names == sorted(p.relative_to("out").as_posix() for p in Path("out").rglob("*.*"))
    for name in names:
        with place.open(name) as stream:
            if name != "_nnc.json":
                assert stream.read() == (Path("out") / name).read_bytes()
    place.remove(["x.csv"])
    again = ("eval", "xor.nn.yaml", query % "in/*.csv", "-o", query % "out/", "--resume")
    assert (
        nnc(*again, "--extra", "keep").err
        == f"wrote {query.partition('%')[0]}out/: 1 file, 2 rows\n"
    )
    assert [each.name for each in place.find()] == ["_nnc.json", "x.csv"]


def test_what_a_place_refuses_is_told_without_keys(query: str) -> None:
    address = (query % "in/none.csv").replace("://", "://name:secret@")
    with pytest.raises(FileError) as raised:
        job_of(load("xor.nn.yaml"), address, "out/")
    assert "there is no file of rows in it" in str(raised.value)
    assert "secret" not in str(raised.value)
    place = RemoteFolder(address)
    assert place.path("x") == f"{(query % 'in/none.csv').partition('?')[0]}/x"
    with pytest.raises(FileError, match="cannot reach the file"), place.open("x"):
        pass
    with pytest.raises(FileError, match="cannot reach the file: Unrecognized filesystem type"):
        RemoteFolder("s4://bucket/")


def test_a_place_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidRowsError, match=r"`s3://b` needs pyarrow, which is not installed"):
        RemoteFolder("s3://name:secret@b/?scheme=http")
