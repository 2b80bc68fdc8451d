"""Which networks differ between two trees of real repositories, and how little is read for that."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nnc.diagnostics.diagnostic import FileError
from nnc.differences.pairs import Difference, Differences
from nnc.opening import revisions as module
from nnc.opening.revisions import WorkTree, open_revisions
from tests.support.repositories import GATE, SEPSIS, USER, Repo, review

V1_TO_V2 = [
    (None, "fresh.nn.yaml"),
    ("local.nn.yaml", "local.nn.yaml"),
    ("nets/layer.nn.yaml", "nets/layer.nn.yaml"),
    ("nets/user.nn.yaml", "nets/user.nn.yaml"),
    ("parts/gate.nn.yaml", "parts/gate.nn.yaml"),
    ("sepsis.nn.yaml", "site.nn.yaml"),
    ("vendor.nn.yaml", "vendor.nn.yaml"),
    ("wells.nn.yaml", None),
]
"""What `review` changes: `cased`, of which only cases changed, and `calm` are not there."""


@contextmanager
def trees(repo: Repo, before: str, after: str | None) -> Iterator[Differences]:
    with open_revisions(repo.folder) as opened:
        tree = WorkTree(opened.repository) if after is None else opened.at(after)
        yield Differences(opened.repository, opened.at(before), tree)


def differing(repo: Repo, before: str, after: str | None = None) -> list[Difference]:
    with trees(repo, before, after) as found:
        return found.all


def test_all_kinds_between_two_revisions(repo: Repo) -> None:
    review(repo)
    assert differing(repo, "v1", "v2") == V1_TO_V2
    back = sorted((new, old) for old, new in V1_TO_V2 if old and new)
    found = differing(repo, "v2", "v1")
    assert sorted(pair for pair in found if all(pair)) == back
    assert [pair for pair in found if not all(pair)] == [
        (None, "wells.nn.yaml"), ("fresh.nn.yaml", None)
    ]  # fmt: skip
    assert differing(repo, "v2", "v2") == []


def test_all_kinds_in_the_work_tree(repo: Repo) -> None:
    review(repo)
    assert differing(repo, "v1") == V1_TO_V2
    assert differing(repo, "v2") == []
    # the same, staged and not committed, and at last some of it not even staged
    repo.git("reset", "--quiet", "--soft", "v1")
    assert differing(repo, "HEAD") == V1_TO_V2
    repo.git("reset", "--quiet", "HEAD", "--", "vendor.nn.yaml", "fresh.nn.yaml", "nets/w.npy")
    assert differing(repo, "HEAD") == V1_TO_V2


def test_ignored_and_removed_files_of_the_work_tree(repo: Repo) -> None:
    repo.write("gate.nn.yaml", GATE)
    repo.write("kept.nn.yaml", GATE)
    repo.commit()
    repo.write(".git/info/exclude", "made.nn.yaml\n")
    repo.write("made.nn.yaml", GATE)
    repo.git("rm", "--quiet", "--cached", "gate.nn.yaml")
    assert differing(repo, "HEAD") == [("gate.nn.yaml", "gate.nn.yaml")]  # it is there, as new
    (repo.folder / "kept.nn.yaml").unlink()
    assert differing(repo, "HEAD")[1:] == [("kept.nn.yaml", None)]


def test_a_part_that_is_gone_or_comes_changes_those_that_use_it(repo: Repo) -> None:
    repo.write("nets/user.nn.yaml", USER)
    repo.commit()
    repo.write("parts/gate.nn.yaml", GATE)
    repo.commit()
    both = [("nets/user.nn.yaml", "nets/user.nn.yaml")]
    assert differing(repo, "HEAD~1", "HEAD") == [*both, (None, "parts/gate.nn.yaml")]
    assert differing(repo, "HEAD", "HEAD~1") == [*both, ("parts/gate.nn.yaml", None)]
    assert differing(repo, "HEAD~1") == [*both, (None, "parts/gate.nn.yaml")]


def test_links_on_the_way_count(repo: Repo) -> None:
    for folder in ("one", "two"):
        repo.write(f"{folder}/gate.nn.yaml", GATE)
    (repo.folder / "parts").symlink_to("one")
    (repo.folder / "same.nn.yaml").symlink_to("one/gate.nn.yaml")
    repo.write("nets/user.nn.yaml", USER)
    repo.commit()
    (repo.folder / "parts").unlink()
    (repo.folder / "parts").symlink_to("two")
    user = ("nets/user.nn.yaml", "nets/user.nn.yaml")
    assert differing(repo, "HEAD") == [user]
    repo.commit()
    assert differing(repo, "HEAD~1", "HEAD") == [user]
    repo.write("one/gate.nn.yaml", GATE + "# more\n")
    same, target = ("same.nn.yaml",) * 2, ("one/gate.nn.yaml",) * 2
    assert differing(repo, "HEAD") == [target, same]
    repo.commit()
    assert differing(repo, "HEAD~1", "HEAD") == [target, same]
    (repo.folder / "one/gate.nn.yaml").unlink()  # so that the link leads nowhere
    gone = [("one/gate.nn.yaml", None), ("same.nn.yaml", None)]
    assert sorted(differing(repo, "HEAD")) == gone
    repo.commit()
    assert sorted(differing(repo, "HEAD~1", "HEAD")) == gone


def test_names_that_are_hard_to_write(repo: Repo) -> None:
    odd = ['a "b"\n.nn.yaml', "ü/ -> .nn.yaml", os.fsdecode(b"\xff.nn.yaml"), "-R.nn.yaml"]
    for name in odd:
        repo.write(name, GATE)
    repo.commit()
    for name in odd:
        repo.write(name, GATE.replace("threshold: 2", "threshold: 1"))
    assert differing(repo, "HEAD") == [(name, name) for name in sorted(odd)]
    repo.commit()
    assert differing(repo, "HEAD~1", "HEAD") == [(name, name) for name in sorted(odd)]


@pytest.mark.parametrize("ending", [".yaml", ".yml"])
def test_a_network_that_gets_another_ending_is_no_removal(repo: Repo, ending: str) -> None:
    repo.write("sepsis.nn.yaml", SEPSIS)
    repo.commit()
    repo.git("mv", "sepsis.nn.yaml", f"sepsis{ending}")
    repo.commit()
    assert differing(repo, "HEAD~1", "HEAD") == [("sepsis.nn.yaml", f"sepsis{ending}")]
    assert differing(repo, "HEAD", "HEAD~1") == [(f"sepsis{ending}", "sepsis.nn.yaml")]


def test_a_name_that_is_used_again_is_no_rename(repo: Repo) -> None:
    repo.write("a.nn.yaml", SEPSIS)
    repo.commit()
    repo.write("b.nn.yaml", SEPSIS)
    repo.write("a.nn.yaml", GATE)
    repo.commit()
    assert differing(repo, "HEAD~1", "HEAD") == [("a.nn.yaml",) * 2, (None, "b.nn.yaml")]


def test_where_one_file_lies(repo: Repo) -> None:
    review(repo)
    with trees(repo, "v1", "v2") as found:
        assert found.of("calm.nn.yaml") == ("calm.nn.yaml", "calm.nn.yaml")
        for name in ("sepsis.nn.yaml", "site.nn.yaml"):
            assert found.of(name) == ("sepsis.nn.yaml", "site.nn.yaml")
        assert found.of("none.nn.yaml") == (None, None)
        assert found.missing("nets/usr.nn.yaml").help == "did you mean `nets/user.nn.yaml`?"
        assert found.has_folder("nets")
        assert not found.has_folder("calm.nn.yaml")
        assert found.has_networks("parts")
        assert not found.has_networks("part")
        below = [pair for pair in found.all if pair.is_below("nets")]
        assert below == [("nets/layer.nn.yaml",) * 2, ("nets/user.nn.yaml",) * 2]


def test_networks_that_name_no_file_are_not_parsed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    review(repo)
    parsed = []

    def spied(data: bytes, name: str) -> object:
        parsed.append(data)
        return read(data, name)

    read = module.read_document
    monkeypatch.setattr(module, "read_document", spied)
    assert differing(repo, "v1", "v2") == V1_TO_V2
    texts = [data.decode() for data in parsed]
    assert GATE not in texts
    assert USER in texts
    assert len(texts) == len(set(texts)) == 4  # local, nets/layer, nets/user, cased


def test_a_key_that_is_spelt_with_an_escape_is_found(repo: Repo) -> None:
    repo.write("parts/gate.nn.yaml", GATE)
    repo.write("nets/user.nn.yaml", USER.replace("use:", '"\\u0075se":'))
    repo.commit()
    repo.write("parts/gate.nn.yaml", GATE + "# more\n")
    assert differing(repo, "HEAD")[0] == ("nets/user.nn.yaml",) * 2


def test_a_bare_repository_has_revisions_and_no_work_tree(repo: Repo, tmp_path: Path) -> None:
    review(repo)
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    bare = tmp_path / "bare.git"
    with open_revisions(bare) as opened:
        before, after = opened.at("v1"), opened.at("v2")
        assert Differences(opened.repository, before, after).all == V1_TO_V2
        with pytest.raises(FileError, match="bare repository"):
            WorkTree(opened.repository)
