"""Networks of revisions, read from real repositories with all they use; and what has changed."""

import os
from pathlib import Path

import numpy as np
import pytest

from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.opening.api import evaluate
from nnc.opening.checking import Checked
from nnc.opening.revisions import changed_since, open_revisions
from tests.support.repositories import LAYER, Repo
from tests.support.running import XOR

TWICE = """\
nnc: 1
inputs: [x, y]
parts:
  one: {use: ../parts/xor.nn.yaml, wiring: {a: x, b: y}}
outputs: {out: one.xor}
"""
OVERLAY = "nnc: 1\nextends: ../parts/xor.nn.yaml\nneurons: {xor: {threshold: 1}}\n"


def check(repo: Repo, path: str, revision: str = "HEAD", root: Path | None = None) -> Checked:
    with open_revisions(repo.folder) as revisions:
        return revisions.at(revision).check(path, root=root)


def refused(repo: Repo, path: str, revision: str = "HEAD") -> Diagnostic:
    with pytest.raises(FileError) as caught:
        check(repo, path, revision)
    (one,) = caught.value.diagnostics
    return one


def table(checked: Checked, **rows: object) -> list[int]:
    assert checked.graph is not None, checked.diagnostics
    return list(evaluate(build_plan(checked.graph, ""), rows)["out"])


BITS = {"x": [0, 0, 1, 1], "y": [0, 1, 0, 1]}


def weights(repo: Repo, *numbers: int) -> None:
    np.save(repo.folder / "nets/w.npy", np.array([numbers], np.int8))


# --------------------------------------------------------------------------------- reading


def test_a_network_of_each_revision_with_the_part_of_that_time(repo: Repo) -> None:
    repo.write("nets/twice.nn.yaml", TWICE)
    repo.write("parts/xor.nn.yaml", XOR)
    repo.commit()
    repo.write("parts/xor.nn.yaml", XOR.replace("threshold: 0}", "threshold: 1}"))
    repo.commit()
    repo.write("parts/xor.nn.yaml", "no network at all")
    assert table(check(repo, "nets/twice.nn.yaml", "HEAD~1"), **BITS) == [0, 1, 1, 0]
    assert table(check(repo, "nets/twice.nn.yaml"), **BITS) == [0, 0, 0, 0]


def test_overlays_weights_and_cases_are_of_that_time_too(repo: Repo) -> None:
    repo.write("parts/xor.nn.yaml", XOR)
    repo.write("nets/over.nn.yaml", OVERLAY)
    repo.write("nets/layer.nn.yaml", LAYER)
    repo.write("nets/cases.csv", "x,out\n3,1\n")
    weights(repo, 1, 1)
    repo.commit()
    for name in ("nets/cases.csv", "nets/w.npy", "parts/xor.nn.yaml"):
        (repo.folder / name).unlink()
    over = check(repo, "nets/over.nn.yaml")
    assert over.graph is not None
    assert over.graph.nodes[1].thresholds == (1,)
    layer = check(repo, "nets/layer.nn.yaml")
    assert layer.diagnostics == []
    assert [int(one) for row in table(layer, x=[[1, 1], [1, 0]]) for one in row] == [1, 0]


def test_messages_call_files_by_revision_and_path(repo: Repo) -> None:
    repo.write("nets/twice.nn.yaml", TWICE)
    repo.write("parts/xor.nn.yaml", XOR.replace("both: -2", "bth: -2"))
    repo.commit()
    repo.git("tag", "v1")
    (one,) = check(repo, "nets/twice.nn.yaml", "v1").diagnostics
    assert one.file == "v1:parts/xor.nn.yaml"
    assert one.rule == "unknown-source"
    checked = check(repo, "parts/xor.nn.yaml", "v1")
    assert (checked.file, checked.document.file, checked.graph) == (
        "v1:parts/xor.nn.yaml", "v1:parts/xor.nn.yaml", None,
    )  # fmt: skip


def test_the_files_of_a_circle_are_called_so_too(repo: Repo) -> None:
    repo.write("a.nn.yaml", "nnc: 1\nextends: b.nn.yaml\n")
    repo.write("b.nn.yaml", "nnc: 1\nextends: a.nn.yaml\n")
    repo.commit()
    (one,) = [one for one in check(repo, "a.nn.yaml").diagnostics if one.rule == "use-cycle"]
    walk = "HEAD:a.nn.yaml -> HEAD:b.nn.yaml -> HEAD:a.nn.yaml"
    assert one.message == f"files extend each other: {walk}"
    assert [one.file, *(label.file for label in one.labels)] == ["HEAD:b.nn.yaml", "HEAD:a.nn.yaml"]


def test_a_used_file_that_was_not_there_then(repo: Repo) -> None:
    repo.write("nets/twice.nn.yaml", TWICE)
    repo.commit()
    repo.write("parts/xor.nn.yaml", XOR)
    (one,) = check(repo, "nets/twice.nn.yaml").diagnostics
    assert (one.rule, one.file) == ("cannot-open", "HEAD:nets/twice.nn.yaml")
    assert one.message == "there is no part file `../parts/xor.nn.yaml`"


def test_nothing_is_written_where_there_are_no_weights(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("parts/xor.nn.yaml", XOR)
    repo.write("nets/over.nn.yaml", OVERLAY + "cases: [{file: cases.csv}]\n")
    repo.write("nets/cases.csv", "a,b,xor\n1,1,1\n")
    repo.commit()
    monkeypatch.delattr("nnc.opening.revisions.TemporaryDirectory")
    assert check(repo, "nets/over.nn.yaml").graph is not None


def test_the_name_that_was_meant_is_looked_for_in_the_tree(repo: Repo) -> None:
    repo.write("nets/twice.nn.yaml", TWICE.replace("xor", "xr", 1))
    repo.write("parts/xor.nn.yaml", XOR)
    repo.commit()
    (repo.folder / "parts/xor.nn.yaml").rename(repo.folder / "parts/xr.nn.yaml")
    (one,) = check(repo, "nets/twice.nn.yaml").diagnostics
    assert one.message == "there is no part file `../parts/xr.nn.yaml`"
    assert one.help == "did you mean `../parts/xor.nn.yaml`?"


def test_a_name_is_taken_from_the_file_and_not_from_the_revision(repo: Repo) -> None:
    repo.write("xor.nn.yaml", XOR)
    repo.commit()
    network = check(repo, "xor.nn.yaml").network
    assert network is not None
    assert network.name == "xor"


def test_odd_names(repo: Repo) -> None:
    name = 'sp ace/ü "비"\ttab.nn.yaml'
    repo.write(name, XOR)
    repo.write(
        "user.nn.yaml", TWICE.replace("../parts/xor.nn.yaml", '"sp ace/ü \\"비\\"\\ttab.nn.yaml"')
    )
    repo.commit()
    assert check(repo, name).graph is not None
    assert table(check(repo, "user.nn.yaml"), **BITS) == [0, 1, 1, 0]


def test_links_in_the_tree_are_followed(repo: Repo) -> None:
    repo.write("real/parts/xor.nn.yaml", XOR)
    repo.write("real/nets/deep/twice.nn.yaml", TWICE)
    (repo.folder / "parts").symlink_to("real/parts")
    (repo.folder / "linked").symlink_to("real/nets/deep")
    (repo.folder / "real/nets/alias.nn.yaml").symlink_to("deep/../deep/twice.nn.yaml")
    (repo.folder / "real/nets/parts").symlink_to("../../parts")
    repo.write("nets/use.nn.yaml", TWICE.replace("../parts", "../parts/../parts"))
    repo.commit()
    # the names in a file count from where it is called, its folder's links followed
    for path in ("real/nets/alias.nn.yaml", "nets/use.nn.yaml"):
        assert table(check(repo, path), **BITS) == [0, 1, 1, 0]
    assert check(repo, "linked/twice.nn.yaml").graph is not None
    with open_revisions(repo.folder) as revisions:
        files = revisions.at("HEAD").closure("linked/twice.nn.yaml")
    assert set(files) == {
        "linked", "real/nets/deep/twice.nn.yaml", "real/nets/parts", "parts",
        "real/parts/xor.nn.yaml",
    }  # fmt: skip


def test_a_link_never_leads_out_of_the_tree(repo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside.nn.yaml"
    outside.write_text(XOR)
    (repo.folder / "absolute.nn.yaml").symlink_to(outside)
    (repo.folder / "up.nn.yaml").symlink_to("../outside.nn.yaml")
    (repo.folder / "loop.nn.yaml").symlink_to("loop.nn.yaml")
    names = ("absolute.nn.yaml", "up.nn.yaml", "loop.nn.yaml")
    for name in names:
        repo.write(f"use_{name}", TWICE.replace("../parts/xor.nn.yaml", name))
    repo.commit()
    for name in names:
        assert refused(repo, name).rule == "not-in-revision"
        (one,) = check(repo, f"use_{name}").diagnostics
        assert one.rule in ("outside-project", "cannot-open")
        assert "nnc-" not in str(one)


def test_a_project_root_below_the_top(repo: Repo) -> None:
    repo.write("nets/twice.nn.yaml", TWICE)
    repo.write("parts/xor.nn.yaml", XOR)
    repo.commit()
    (one,) = check(repo, "nets/twice.nn.yaml", root=repo.folder / "nets").diagnostics
    assert one.rule == "outside-project"
    assert check(repo, "nets/twice.nn.yaml", root=repo.folder).diagnostics == []


def test_a_bare_repository(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("nets/twice.nn.yaml", TWICE)
    repo.write("parts/xor.nn.yaml", XOR)
    repo.commit()
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    monkeypatch.chdir(tmp_path / "bare.git")
    with open_revisions("nets/twice.nn.yaml") as revisions:
        assert revisions.at("HEAD").check("nets/twice.nn.yaml").graph is not None


# ------------------------------------------------------------------------ what is not there


def test_a_file_that_the_revision_does_not_have(repo: Repo) -> None:
    repo.write("nets/xor.nn.yaml", XOR)
    repo.commit()
    one = refused(repo, "nets/xr.nn.yaml")
    assert str(one) == (
        "HEAD:nets/xr.nn.yaml: error[NNC923] not-in-revision: the revision `HEAD` has no such file"
    )
    assert one.help == "did you mean `nets/xor.nn.yaml`?"
    assert refused(repo, "nowhere/xor.nn.yaml").help is None
    assert refused(repo, "nets").rule == "not-in-revision"
    assert refused(repo, "nets/xor.nn.yaml/more").rule == "not-in-revision"
    assert refused(repo, "../xor.nn.yaml").rule == "not-in-revision"


def test_a_submodule_is_another_repository(repo: Repo) -> None:
    repo.write("nets/twice.nn.yaml", TWICE)
    commit = repo.commit()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},parts")
    repo.git("commit", "--quiet", "-m", "submodule")
    one = refused(repo, "nets/twice.nn.yaml")
    assert one.rule == "not-in-revision"
    assert one.message == ("the network uses `parts/xor.nn.yaml`, which lies in a submodule")


def test_a_file_larger_than_asked_for(repo: Repo) -> None:
    repo.write("xor.nn.yaml", XOR)
    repo.commit()
    with open_revisions(repo.folder) as revisions, pytest.raises(FileError) as caught:
        revisions.at("HEAD").check("xor.nn.yaml", max_bytes=10)
    (found,) = caught.value.diagnostics
    assert (found.rule, found.file) == ("file-too-large", "HEAD:xor.nn.yaml")


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 130\n"


def test_weights_kept_by_git_lfs(repo: Repo) -> None:
    import hashlib

    repo.write("nets/layer.nn.yaml", LAYER.replace("cases: [{file: cases.csv}]\n", ""))
    weights(repo, 1, 1)
    data = (repo.folder / "nets/w.npy").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    repo.write("nets/w.npy", POINTER.format(digest))
    repo.commit()
    (one,) = check(repo, "nets/layer.nn.yaml").diagnostics
    assert one.rule == "bad-tensor-file"
    assert one.help == "it is a Git LFS pointer; fetch the file with `git lfs fetch origin HEAD`"
    repo.write(f".git/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}", data)
    assert check(repo, "nets/layer.nn.yaml").diagnostics == []


# --------------------------------------------------------------------------------- changes

FILES = ("nets/layer.nn.yaml", "nets/over.nn.yaml", "nets/twice.nn.yaml", "parts/xor.nn.yaml")


@pytest.fixture
def project(repo: Repo) -> Repo:
    repo.write("parts/xor.nn.yaml", XOR)
    repo.write("nets/over.nn.yaml", OVERLAY)
    repo.write("nets/twice.nn.yaml", TWICE)
    repo.write("nets/layer.nn.yaml", LAYER)
    repo.write("nets/cases.csv", "x,out\n3,1\n")
    weights(repo, 1, 1)
    repo.commit()
    repo.git("checkout", "--quiet", "-b", "work")
    return repo


def test_nothing_has_changed(project: Repo) -> None:
    assert changed_since("main", FILES) == []
    os.utime(project.folder / FILES[0])
    assert changed_since("main", FILES) == []


@pytest.mark.parametrize("how", ["work tree", "staged", "committed"])
def test_a_changed_file_and_those_that_use_it(project: Repo, how: str) -> None:
    project.write("parts/xor.nn.yaml", XOR + "description: Odd.\n")
    if how == "staged":
        project.git("add", "--all")
    elif how == "committed":
        project.commit()
    assert changed_since("main", FILES) == list(FILES[1:])


@pytest.mark.parametrize("name", ["nets/w.npy", "nets/cases.csv"])
def test_files_of_weights_and_of_cases_count(project: Repo, name: str) -> None:
    project.write(name, b"changed")
    assert changed_since("main", FILES) == ["nets/layer.nn.yaml"]


def test_a_deleted_part_touches_those_that_used_it(project: Repo) -> None:
    (project.folder / "parts/xor.nn.yaml").unlink()
    assert changed_since("main", FILES[:3]) == ["nets/over.nn.yaml", "nets/twice.nn.yaml"]


def test_a_new_file_counts_but_not_an_ignored_one(project: Repo) -> None:
    new = project.write("nets/new.nn.yaml", XOR)
    made = project.write("nets/made.nn.yaml", XOR)
    project.write(".git/info/exclude", "made.nn.yaml\n")
    assert changed_since("main", [str(new), str(made)]) == [str(new)]


def test_what_others_did_on_main_since_then_does_not_count(project: Repo) -> None:
    project.git("checkout", "--quiet", "main")
    project.write("parts/xor.nn.yaml", XOR + "description: Odd.\n")
    project.commit()
    project.git("checkout", "--quiet", "work")
    project.write("nets/twice.nn.yaml", TWICE + "description: New.\n")
    assert changed_since("main", FILES) == ["nets/twice.nn.yaml"]


def test_a_folder_that_is_a_link(project: Repo) -> None:
    (project.folder / "shared").symlink_to("parts")
    path = project.write("nets/linked.nn.yaml", TWICE.replace("../parts", "../shared"))
    project.commit()
    project.git("branch", "--force", "main")
    assert changed_since("main", [str(path)]) == []
    (project.folder / "shared").unlink()
    (project.folder / "shared").symlink_to("./parts")
    assert changed_since("main", [str(path)]) == [str(path)]


def test_from_a_folder_below(project: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("parts/xor.nn.yaml", XOR + "description: Odd.\n")
    project.write("parts/untracked.nn.yaml", XOR)
    monkeypatch.chdir(project.folder / "nets")
    files = ["twice.nn.yaml", "layer.nn.yaml", "../parts/untracked.nn.yaml"]
    assert changed_since("main", files) == [files[0], files[2]]


def test_files_that_use_each_other_end(project: Repo) -> None:
    project.write("a.nn.yaml", "nnc: 1\nextends: b.nn.yaml\n")
    project.write("b.nn.yaml", "nnc: 1\nextends: a.nn.yaml\n")
    project.commit()
    project.git("branch", "--force", "main")
    assert changed_since("main", ["a.nn.yaml"]) == []


def test_a_bare_repository_has_no_changes(
    project: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    monkeypatch.chdir(tmp_path / "bare.git")
    with pytest.raises(FileError, match="bare repository, where nothing can be changed"):
        changed_since("main", ["nets/twice.nn.yaml"])
