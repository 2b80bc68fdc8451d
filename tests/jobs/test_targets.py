"""What may lie in the folder of the results before a job begins, and what becomes of it."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nnc import Diagnostic, FileError, InvalidRowsError, Job, do, loads
from nnc import job as job_of
from tests.support.running import XOR

pytestmark = pytest.mark.usefixtures("rows_folder")

NETWORK = loads(XOR)


def _job(target: str = "out/", **options: Any) -> Job:
    return job_of(NETWORK, "in/", target, **options)


def _refused(message: str, **options: Any) -> None:
    with pytest.raises(FileError, match=message):
        _job(**options)


def test_results_go_into_an_empty_folder() -> None:
    Path("out").mkdir()
    Path("out/.keep").write_text("")
    _job().run()
    _refused("it holds results of another run, such as `below/y.jsonl`")
    Path("out/_nnc.json").unlink()
    _refused("it is not empty: it holds `below/y.jsonl`")
    _refused("it is not empty: it holds `below/y.jsonl`", resume=True)


def test_a_job_that_was_planned_and_not_begun_may_be_planned_again() -> None:
    _job()
    assert str(_job().run()) == "3 files, 8 rows"


def test_a_job_that_has_not_ended_is_taken_up() -> None:
    job = _job()
    do(job.tasks[1])
    before = os.stat("out/x.csv").st_mtime_ns  # noqa: PTH116
    _refused("it holds results of another run, such as `x.csv`")
    assert str(_job(resume=True).run()) == "3 files, 8 rows, 1 file kept from before"
    assert os.stat("out/x.csv").st_mtime_ns == before  # noqa: PTH116
    assert not Path("out/_nnc").exists()


def test_what_lacks_its_record_or_was_cut_is_made_again() -> None:
    job = _job()
    for task in job.tasks:
        do(task)
    Path("out/_nnc/done/x.csv.json").unlink()
    Path("out/z.parquet").write_bytes(b"PAR1")
    Path("out/_nnc/done/below/y.jsonl.json").write_text("{")
    assert str(_job(resume=True).run()) == "3 files, 8 rows"


def test_a_job_that_has_ended_is_brought_up_to_date() -> None:
    _job().run()
    assert _job(resume=True).tasks == ()
    assert str(_job(resume=True).run()) == "3 files, 8 rows, 3 files kept from before"
    Path("in/x.csv").write_text("a,b\n1,0\n")
    Path("in/below/y.jsonl").unlink()
    job = _job(resume=True)
    assert [task.file for task in job.tasks] == ["x.csv"]
    assert not Path("out/_nnc.json").exists()  # until it has ended again
    assert not Path("out/below/y.jsonl").exists()
    job = _job(resume=True)  # it may be stopped here, and taken up
    assert str(job.run()) == "2 files, 6 rows, 1 file kept from before"
    manifest = json.loads(Path("out/_nnc.json").read_text())
    assert [each["file"] for each in manifest["files"]] == ["x.csv", "z.parquet"]


def test_other_settings_and_networks_make_every_result_again() -> None:
    _job().run()
    for options in ({"extra": "keep"}, {"to": "jsonl"}, {"floats": "decimal"}):
        assert len(_job(resume=True, **options).tasks) == 3
    changed = loads(XOR.replace("threshold: 1", "threshold: 0"))
    assert len(job_of(changed, "in/", "out/", resume=True).tasks) == 3


def test_results_that_are_not_whole_are_not_read_as_rows() -> None:
    job = _job()
    do(job.tasks[1])
    with pytest.raises(FileError, match="it holds results of a job that has not ended"):
        job_of(NETWORK, "out/", "again/")
    job.run()
    network = loads("{nnc: 1, fires: at_least, inputs: [xor], neurons: {n: {wiring: [xor], "
                    "threshold: 1}}, outputs: [n]}")  # fmt: skip
    assert str(job_of(network, "out/", "again/").run()) == "3 files, 8 rows"
    Path("out/x.csv").write_text("xor\n1\n")
    with pytest.raises(FileError, match=r"`x.csv` is not as the job left it"):
        job_of(network, "out/", "third/")
    Path("out/more.csv").write_text("xor\n1\n")
    Path("out/x.csv").unlink()
    with pytest.raises(FileError, match=r"`more.csv` is not as the job left it"):
        job_of(network, "out/", "third/")
    Path("out/_nnc.json").write_text("{}")
    with pytest.raises(FileError, match="the manifest of the results is damaged"):
        job_of(network, "out/", "third/")


@pytest.mark.parametrize(("target", "rejects"), [("in", None), ("in/out", None), ("out", "out/w"),
                                                 ("out", "in/w")])  # fmt: skip
def test_results_do_not_lie_among_the_rows(target: str, rejects: str | None) -> None:
    with pytest.raises(FileError, match="would lie among"):
        _job(target, rejects=rejects)


def test_a_pattern_may_have_its_results_below() -> None:
    job_of(NETWORK, "in/*.csv", "in/out/").run()
    with pytest.raises(FileError, match="would lie among the rows"):
        job_of(NETWORK, "in/*.csv", "in/")


def test_words_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="on_error is 'ignore'"):
        _job(on_error="ignore")
    with pytest.raises(ValueError, match="rows is 0"):
        _job(rows=0)
    with pytest.raises(TypeError, match="no option `zzz`; the options are rows, to, extra, "):
        _job(zzz=5)
    with pytest.raises(ValueError, match="name the folder"):
        job_of(NETWORK, "in/")
    with pytest.raises(InvalidRowsError, match="did you mean `csv`"):
        _job(to="cvs")


def _with_rejects(**options: Any) -> str:
    return str(_job(rejects="wrong/", **options).run())


def test_rejected_rows_that_are_not_there_are_made_again() -> None:
    Path("in/x.csv").write_text("a,b\n0,0\n9,9\n")
    _job(on_error="skip").run()
    expected = "3 files, 7 rows, 1 row rejected, 2 files kept from before"
    assert _with_rejects(resume=True) == expected
    whole = Path("wrong/x.csv").read_bytes()
    assert b"9,9" in whole
    Path("wrong/x.csv").unlink()
    Path("wrong").rmdir()
    assert _with_rejects(resume=True) == expected
    assert Path("wrong/x.csv").read_bytes() == whole
    job = _job(rejects="wrong", resume=True)
    assert job.tasks == ()
    (warning,) = job.run().warnings
    assert (warning.rule, warning.file) == ("rows-skipped", str(Path("in/x.csv")))
    (warning,) = _job(on_error="skip", resume=True).run().warnings
    assert _job(rejects="wrong/", resume=True).tasks == ()
    assert [task.file for task in _job(rejects="other/", resume=True).tasks] == ["x.csv"]


@pytest.mark.parametrize("stops", [False, True])
def test_a_job_that_keeps_no_rejected_rows_forgets_none(stops: bool) -> None:
    """Another one may keep them again, in the folder that the first one named."""
    for name in "vx":
        Path(f"in/{name}.csv").write_text("a,b\n0,0\n9,9\n")
    _with_rejects()
    Path("in/x.csv").write_text("a,b\n0,0\n8,8\n")
    job = _job(on_error="skip", resume=True)
    for task in job.tasks:
        do(task)
    if not stops:
        job.run()
    expected = "4 files, 8 rows, 2 rows rejected, 3 files kept from before"
    assert _with_rejects(resume=True) == expected
    assert b"8,8" in Path("wrong/x.csv").read_bytes()


def test_rejected_rows_of_files_that_are_gone_are_removed() -> None:
    for name in "uvx":
        Path(f"in/{name}.csv").write_text("a,b\n0,0\n9,9\n")
    _with_rejects()
    Path("in/u.csv").unlink()
    assert _with_rejects(resume=True).startswith("4 files")
    assert sorted(each.name for each in Path("wrong").iterdir()) == ["v.csv", "x.csv"]
    Path("out/_nnc.json").unlink()
    with pytest.raises(FileError, match=r"it is not empty: it holds `v.csv`"):
        _job("again/", rejects="wrong/", resume=True)


def test_rejected_rows_of_a_job_that_was_stopped_are_its_own() -> None:
    for name in "vx":
        Path(f"in/{name}.csv").write_text("a,b\n0,0\n9,9\n")
    job = _job(rejects="wrong/")
    for task in job.tasks:
        do(task)
    Path("out/_nnc/done/x.csv.json").unlink()  # as if killed before it was written
    Path("in/v.csv").unlink()
    assert _with_rejects(resume=True) == (
        "3 files, 7 rows, 1 row rejected, 2 files kept from before"
    )
    assert [each.name for each in Path("wrong").iterdir()] == ["x.csv"]


def test_a_folder_with_other_files_takes_no_rejected_rows() -> None:
    Path("in/x.csv").write_text("a,b\n0,0\n9,9\n")
    Path("wrong").mkdir()
    Path("wrong/mine.csv").write_text("")
    for resume in (False, True):
        with pytest.raises(FileError, match=r"rejected rows cannot go there: .* `mine.csv`") as no:
            _job(rejects="wrong/", resume=resume)
        assert no.value.diagnostics[0].help == "name a new folder"
        assert not Path("out").exists()
    Path("wrong/mine.csv").unlink()
    _with_rejects()
    Path("wrong/mine.csv").write_text("mine")
    assert _with_rejects(resume=True).startswith("3 files")
    assert Path("wrong/mine.csv").read_text() == "mine"


def test_messages_name_what_was_given(tmp_path: Path) -> None:
    Path("in/below/c.txt").write_text("")
    with pytest.raises(InvalidRowsError) as unknown:
        _job()
    assert unknown.value.diagnostics[0].file == str(Path("in/below/c.txt"))
    Path("in/below/c.txt").unlink()
    Path("file").write_text("")
    target = tmp_path / "file" / "zz"
    with pytest.raises(FileError, match="cannot create the folder") as no:
        _job(str(target))
    assert no.value.diagnostics[0].file == str(target)


@pytest.mark.parametrize("address", ["out", "file"])
@pytest.mark.parametrize("link", ["below", "x.csv", "_nnc", "_nnc.json"])
def test_results_are_not_written_through_links(link: str, address: str) -> None:
    target = "out" if address == "out" else f"file://{Path.cwd()}/out"
    job = _job(target)
    for task in job.tasks[:-1]:
        do(task)
    if link == "_nnc.json":
        job.finish(map(do, job.tasks))
        Path("out/x.csv").unlink()
    outside = Path("outside")
    if Path("out", link).is_dir():
        Path("out", link).rename(outside)
        (outside / "y.jsonl").write_text("mine")
    else:
        Path("out", link).rename(outside)
        if link == "x.csv":
            outside.write_text("mine")
    before = {path: path.read_bytes() for path in [outside, *outside.rglob("*")] if path.is_file()}
    Path("out", link).symlink_to(outside.absolute())
    with pytest.raises(FileError, match="are not written through links, and this is one") as caught:
        _job(target, resume=True).run()
    assert str(caught.value.diagnostics[0].file).endswith(f"out/{link}")
    assert caught.value.diagnostics[0].help == "remove the link, or name another folder"
    after = {path: path.read_bytes() for path in [outside, *outside.rglob("*")] if path.is_file()}
    assert after == before


def test_the_folder_of_the_results_may_be_a_link() -> None:
    Path("real").mkdir()
    Path("link").symlink_to("real")
    _job("link").run()
    assert Path("real/x.csv").exists()


def test_a_result_that_another_network_has_written_since_is_made_again() -> None:
    """Results of bits are of one size, whatever they are, and dates are not looked at."""
    _job().run()
    right = Path("out/x.csv").read_bytes()
    other = loads(XOR.replace("threshold: 1", "threshold: 0"))
    stopped = job_of(other, "in/", "out/", resume=True)
    [task] = [task for task in stopped.tasks if task.file == "x.csv"]
    do(task)  # and the job is stopped
    assert Path("out/x.csv").read_bytes() != right
    assert str(_job(resume=True).run()) == "3 files, 8 rows"
    assert Path("out/x.csv").read_bytes() == right


def test_a_record_is_gone_before_its_result_is_written_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = loads(XOR.replace("threshold: 1", "threshold: 0"))
    for task in job_of(other, "in/", "out/").tasks:
        do(task)
    with monkeypatch.context() as stopped:
        stopped.setattr("nnc.jobs.evaluation.write_record", lambda *_: None)
        for task in _job(resume=True).tasks:
            do(task)  # whose process is killed before it writes the record
    assert str(job_of(other, "in/", "out/", resume=True).run()) == "3 files, 8 rows"


@pytest.mark.parametrize("text", ['{"files": [{"file": "x.csv", "key": "k"}]}', "[]"])
def test_damaged_manifests_and_records_are_no_results(text: str) -> None:
    _job().run()
    Path("out/_nnc.json").write_text(text)
    with pytest.raises(FileError, match="the manifest of the results is damaged"):
        _job(resume=True)
    with pytest.raises(FileError, match="the manifest of the results is damaged"):
        job_of(NETWORK, "out/", None, count=True)


def test_addresses_of_this_machine_are_paths() -> None:
    here = f"file://{Path.cwd()}"
    assert str(_job(f"{here}/out/").run()) == "3 files, 8 rows"
    _refused("the results would lie among the rows", target=f"{here}/in/out/")
    _refused("`elsewhere` is another machine", target="file://elsewhere/out/")


def test_a_try_without_mistakes_counts_whatever_came_first() -> None:
    job = _job()
    dones = [do(task) for task in job.tasks]
    wrong = replace(dones[0], mistakes=(Diagnostic("cannot-open", "gone"),), is_about_files=True)
    assert str(job.finish([wrong, *dones])) == "3 files, 8 rows"
