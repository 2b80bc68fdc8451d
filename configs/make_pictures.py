"""Draw every network here into pictures/, as its page shows it.

Run `python configs/make_pictures.py` after a change to a network or to how it is drawn.
"""

from pathlib import Path

from nnc.drawing.drawings import DrawingSettings, Subject, draw
from nnc.opening.checking import check_file

HERE = Path(__file__).parent


def pictures() -> dict[Path, str]:
    """Return the picture of each network, by its file."""
    found = {}
    for path in sorted(HERE.rglob("*.nn.yaml")):
        checked = check_file(str(path), root=HERE.parent)
        assert checked.linked is not None
        assert checked.graph is not None
        name = path.name.removesuffix(".nn.yaml")
        drawing = draw(Subject(checked.linked, checked.graph, name=name), DrawingSettings())
        found[HERE / "pictures" / f"{name}.svg"] = drawing.svg
    return found


def main() -> None:
    """Write the pictures, and remove those of networks that are gone."""
    wanted = pictures()
    (HERE / "pictures").mkdir(exist_ok=True)
    for path in (HERE / "pictures").iterdir():
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
