"""Print counts of how packages are built, side by side, for the folders that are named.

    python tests/structure.py framework/nnc other/package

Every import counts, also those in functions and for types. A *room* is a module or a package
directly in the package that is measured, an *arrow* an import between two of them; a room stands
one *floor* above the highest that it imports. Comments are lines that have one, also behind code.
"""

import ast
import io
import re
import statistics
import sys
import tokenize
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

Arrows = Mapping[str, set[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module(NamedTuple):
    """A file of a package: its dotted name within, whether it is an `__init__`, and its syntax."""

    name: str
    is_package: bool
    text: str
    tree: ast.Module

    @property
    def folder(self) -> str:
        """Name the package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


def name_of(file: Path, folder: Path) -> str:
    parts = [folder.name, *file.relative_to(folder).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_package(folder: Path) -> dict[str, Module]:
    """Read every Python file in a package; names begin with that of its folder."""
    modules = {}
    for file in sorted(folder.rglob("*.py")):
        name, text = name_of(file, folder), file.read_text("utf-8")
        modules[name] = Module(name, file.name == "__init__.py", text, ast.parse(text))
    return modules


def arrows_of(folder: Path, modules: Mapping[str, Module]) -> dict[str, set[str]]:
    """Give the modules that each imports; one in C is known by its stub, and imports nothing."""
    known = modules.keys() | {name_of(file, folder) for file in folder.rglob("*.pyi")}
    return {
        name: {other for other in imports_of(module, known) if other in modules}
        for name, module in modules.items()
    }


def imports_of(module: Module, known: Container[str]) -> Iterator[str]:
    """Give the modules of its own package that a module imports."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = module.folder.split(".")
            above = above[: len(above) - node.level + 1] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            names = [f"{origin}.{alias.name}" for alias in node.names]
            names = [name if name in known else origin for name in names]
        else:
            continue
        yield from (name for name in names if name in known and name != module.name)


def rooms_of(arrows: Arrows) -> dict[str, set[str]]:
    """Give the arrows between what lies directly in the package; its `__init__` is a room too."""

    def room(name: str) -> str:
        return ".".join(name.split(".")[:2])

    rooms: dict[str, set[str]] = {}
    for name, others in arrows.items():
        rooms.setdefault(room(name), set()).update(room(other) for other in others)
    return {name: others - {name} for name, others in rooms.items()}


def circles_of(arrows: Arrows) -> list[set[str]]:
    """Give the circles: sets of more than one, each of which is reached from all others in it."""

    def reached(start: str) -> set[str]:
        found, waiting = set[str](), [start]
        while waiting:
            new = arrows[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    reach = {name: reached(name) for name in arrows}
    circles: list[set[str]] = []
    for name, others in reach.items():
        if name in others and not any(name in circle for circle in circles):
            circles.append({name, *(other for other in others if name in reach[other])})
    return circles


def floors_of(arrows: Arrows) -> dict[str, int]:
    """Give the floor of each, from 1; all that are in one circle stand on one floor."""
    circles = circles_of(arrows)
    groups = {name: next((one for one in circles if name in one), {name}) for name in arrows}
    floors: dict[str, int] = {}
    while len(floors) < len(arrows):
        for name in arrows.keys() - floors.keys():
            below = {other for member in groups[name] for other in arrows[member]} - groups[name]
            if below <= floors.keys():
                floors[name] = 1 + max((floors[other] for other in below), default=0)
    return floors


def is_command(function: Function) -> bool:
    """Tell whether a decorator makes a command of it: its parameters are what a user may say."""
    names = [ast.unparse(decorator) for decorator in function.decorator_list]
    return any(re.search(r"command|option|argument", name) for name in names)


def parameters(function: Function) -> int:
    """Count the parameters of a function, `self` and `cls` left out."""
    of = function.args
    named = [one.arg for one in (*of.posonlyargs, *of.args, *of.kwonlyargs)]
    return sum(name not in ("self", "cls") for name in named) + bool(of.vararg) + bool(of.kwarg)


def comments_of(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def measured(folder: Path) -> dict[str, str]:
    """Measure one package: what is counted, and the count."""
    modules = read_package(folder)
    arrows = arrows_of(folder, modules)
    rooms = rooms_of(arrows)
    nodes = [node for one in modules.values() for node in ast.walk(one.tree)]
    functions = [node for node in nodes if isinstance(node, Function)]
    sizes = sorted((node.end_lineno or node.lineno) - node.lineno + 1 for node in functions)
    counts = [parameters(node) for node in functions]
    inner = [parameters(node) for node in functions if not is_command(node)]
    comments = [text for one in modules.values() for text in comments_of(one.text)]
    lines = sum(len(one.text.splitlines()) for one in modules.values())
    circles = circles_of(arrows)
    ring = sum(len(arrows[name] & circle) for circle in circles for name in circle)
    any_ = sum(getattr(node, "id", getattr(node, "attr", "")) == "Any" for node in nodes)
    ignored = sum(bool(re.match(r"#\s*type:\s*ignore", text)) for text in comments)
    noqa = sum("noqa" in text for text in comments)
    return {
        "files / lines": f"{len(modules)} / {lines:,}",
        "rooms, floors, arrows at the top": f"{len(rooms)}, {max(floors_of(rooms).values())}, "
        f"{sum(map(len, rooms.values()))}",
        "circles of files, arrows in them": f"{len(circles)}, {ring}",
        "circles of rooms": f"{len(circles_of(rooms))}",
        "arrows between files, per file": f"{sum(map(len, arrows.values())) / len(modules):.1f}",
        "function p50 / p90 / max": f"{statistics.median_high(sizes)} / "
        f"{sizes[len(sizes) * 9 // 10]} / {sizes[-1]}",
        "most parameters / functions over 6": f"{max(counts)} / {sum(n > 6 for n in counts)}",
        "the same without commands": f"{max(inner)} / {sum(n > 6 for n in inner)}",
        "comments": f"{100 * len(comments) / lines:.1f} %",
        "`Any` / type: ignore / noqa": f"{any_} / {ignored} / {noqa}",
    }


def table(folders: list[Path]) -> str:
    """Write the counts of packages side by side, as a Markdown table."""
    names = [folder.name for folder in folders]
    columns = [measured(folder) for folder in folders]
    heads = [str(one) if names.count(one.name) > 1 else one.name for one in folders]
    rows = [["", *heads], ["---"] * (len(heads) + 1)]
    rows += [[label, *(counts[label] for counts in columns)] for label in columns[0]]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python tests/structure.py FOLDER...")
    sys.stdout.write(table([Path(argument).resolve() for argument in sys.argv[1:]]))
