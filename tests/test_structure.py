"""What the counts of `tests/structure.py` mean, on a package that is small enough to count."""

from pathlib import Path

import pytest

from tests.structure import measured, table

FILES = {
    "__init__.py": "from house.top import run\n",
    "ground.py": (
        '"""Stands on nothing."""\n\nfrom typing import Any\n\nnothing: Any = None  # noqa: X\n'
    ),
    "hall/__init__.py": "",
    "hall/door.py": "from ..ground import nothing\nfrom . import window\n",
    "hall/window.py": (
        "def look(self, far, *, wide, **rest):\n"
        "    import house.hall.door\n\n"
        "    return house.hall.door  # type: ignore[no-any-return]\n"
    ),
    "top.py": (
        "import house.hall.door as door\n\n\n@option('--a')\ndef run(a, b, c, d):\n"
        "    # why\n    return door\n"
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    folder = tmp_path / "house"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_what_is_counted(house: Path) -> None:
    assert measured(house) == {
        "files / lines": "6 / 19",
        "rooms, floors, arrows at the top": "4, 4, 3",
        "circles of files, arrows in them": "1, 2",
        "circles of rooms": "0",
        "arrows between files, per file": "0.8",
        "function p50 / p90 / max": "4 / 4 / 4",
        "most parameters / functions over 6": "4 / 0",
        "the same without commands": "3 / 0",
        "comments": "15.8 %",
        "`Any` / type: ignore / noqa": "1 / 1 / 1",
    }


def test_packages_stand_side_by_side(house: Path) -> None:
    other = house.with_name("other")
    house.rename(other)
    house.mkdir()
    (house / "alone.py").write_text("def alone(): ...\n")
    assert table([house, other]).startswith(
        "|  | house | other |\n| --- | --- | --- |\n| files / lines | 1 / 1 | 6 / 19 |\n"
    )


def test_before_and_after_are_told_apart_by_their_folders(house: Path) -> None:
    assert table([house, house]).startswith(f"|  | {house} | {house} |\n")
