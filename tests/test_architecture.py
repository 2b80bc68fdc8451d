"""How the code is laid out: rules 1 to 4 of the house, and the tables that must agree."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import nnc
from nnc.cli import COMMANDS
from nnc.console import FORMATS, MACHINE
from nnc.reports import REPORTS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "framework/nnc"

ORDER = (
    "version", "rules", "exact", "diagnostics", "explanations", "files", "paths", "document",
    "ignores", "width", "sources", "values", "network", "library", "extending", "validation",
    "tensors", "formatting",
    "linking", "sparse", "graph", "bounds", "lint", "plan", "compiled", "columns", "rows",
    "engines", "evaluation", "truth_tables", "digests", "trace", "streaming", "comparison", "cases",
    "pipeline", "repository", "uses", "revisions", "history", "declared", "merging", "drivers",
    "reports", "diffs", "logs",
    "json_schema", "console", "commands", "cli", "__init__", "__main__",
)  # fmt: skip
"""Modules and folders from the bottom up: each may import from those before it, and from itself."""

DOORS = {
    "yaml": {"document", "formatting"},
    "click": {"cli", "commands", "console"},
    "rich": {"console", "rows"},
    "pydantic": {"values", "network", "validation", "json_schema"},
    "pydantic_core": {"values"},
    "pyarrow": {"rows"},
    "numpy": {
        "columns",
        "tensors",
        "sparse",
        "plan",
        "compiled",
        "rows",
        "engines",
        "evaluation",
        "truth_tables",
        "digests",
        "comparison",
    },
    "safetensors": {"tensors", "compiled"},
    "typing_extensions": {"plan", "trace", "reports", "diffs", "logs"},
}
"""One library, one door: where each library may be imported."""

STARTS = {"console", "__main__", "version", "__init__"}
"""Modules without a test file of their own: they are tested through the commands, and here."""


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}
EXTENSIONS = {name_of(file) for file in PACKAGE.rglob("*.pyi")}
"""Modules in C: they import nothing of the package."""


def unit(module: str) -> str:
    return module.partition(".")[0]


def imported(module: str) -> Iterator[str]:
    """Every module that is imported anywhere in one, also in functions and for types."""
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                known = {*MODULES, *EXTENSIONS}
                is_module = whole.startswith("nnc.") and whole.removeprefix("nnc.") in known
                yield whole if is_module else str(node.module)


def own(module: str) -> set[str]:
    """Give the modules of the package that one imports."""
    names = {name for name in imported(module) if unit(name) == "nnc"}
    found = {name.removeprefix("nnc.") if "." in name else "__init__" for name in names}
    return found - {module} - EXTENSIONS


def test_every_module_has_its_place_in_the_order() -> None:
    assert {unit(module) for module in MODULES} == set(ORDER)
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_go_down(module: str) -> None:
    here = ORDER.index(unit(module))
    for other in own(module):
        assert other in MODULES, f"{module} imports {other}"
        assert unit(other) == unit(module) or ORDER.index(unit(other)) < here, f"imports {other}"


def test_no_circles() -> None:
    waiting = {module: own(module) for module in MODULES}
    while ready := [module for module, others in waiting.items() if not others & waiting.keys()]:
        for module in ready:
            del waiting[module]
    assert not waiting


@pytest.mark.parametrize("module", MODULES)
def test_each_library_has_its_door(module: str) -> None:
    for library in {unit(name) for name in imported(module)} - sys.stdlib_module_names:
        if library not in ("nnc", "__future__"):
            assert unit(module) in DOORS[library], f"imports {library}"


def test_other_programs_are_run_at_one_door() -> None:
    assert [module for module in MODULES if "subprocess" in imported(module)] == ["repository"]


def test_no_names_that_say_nothing() -> None:
    parts = {part for module in MODULES for part in module.split(".")}
    assert not parts & {"utils", "helpers", "common", "base", "core", "manager", "misc", "util"}


# ----------------------------------------------------------------------------- starting

HEAVY = ("numpy", "safetensors", "pydantic", "click", "yaml", "rich", "json")


def loaded(*arguments: str) -> set[str]:
    """Which libraries a run of `nnc` has imported."""
    code = (
        "import sys; from nnc.cli import main\n"
        f"sys.argv = {['nnc', *arguments]!r}\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print(*[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(ran.stderr.split("\n")[-2].split())


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (["--version"], set(HEAVY)),
        (["--help"], {"numpy", "pydantic", "yaml", "rich"}),
        (["validate", "--help"], {"numpy", "pydantic", "rich"}),
        (
            ["validate", "tests/invalid/NNC001-unclosed-quote.nn.yaml"],
            {"numpy", "pydantic", "rich"},
        ),
        (["validate", "tests/invalid/NNC006-neuron.nn.yaml"], {"numpy", "rich"}),
        (["validate", "tests/invalid/NNC301-weight.nn.yaml"], {"numpy", "rich"}),
        (["validate", "tests/invalid/NNC701-within-bounds.nn.yaml"], {"numpy", "rich"}),
        (["validate", "configs/medicine/news2.nn.yaml"], {"numpy", "rich"}),
        (["validate", "configs/arithmetic/adder_8bit.nn.yaml"], {"numpy", "rich", "safetensors"}),
        (["validate", "configs/mail/spam_score_shop.nn.yaml"], {"numpy", "rich", "safetensors"}),
        (["validate", "configs/grids/outline.nn.yaml"], {"numpy", "rich", "safetensors"}),
        (["explain", "NNC301"], {"numpy", "pydantic", "yaml", "rich"}),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_what_a_start_does_not_import(arguments: list[str], without: set[str]) -> None:
    assert loaded(*arguments) & without == set()


# ------------------------------------------------------------------------------- tables


def test_the_package_is_found_in_its_folder_only() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    find = settings["setuptools"]["packages"]["find"]
    assert find == {"where": ["framework"], "namespaces": False}
    assert not (ROOT / "framework/__init__.py").exists()
    assert Path(nnc.__file__).parent == PACKAGE
    assert (PACKAGE / "py.typed").exists()


def test_nobody_imports_the_folder() -> None:
    for file in (*MODULES.values(), *ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert all(unit(alias.name) != "framework" for alias in node.names), file
            elif isinstance(node, ast.ImportFrom):
                assert unit(node.module or "") != "framework", file


def test_the_public_names() -> None:
    assert nnc.__all__ == sorted(nnc.__all__, key=lambda name: (name.islower(), name))
    assert set(nnc.__all__) == {*nnc._HOMES, "__version__"}
    assert dir(nnc) == sorted(nnc.__all__)
    for name in nnc.__all__:
        assert getattr(nnc, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        nnc.nothing  # noqa: B018


def test_every_command_is_in_the_table() -> None:
    modules = {name.removeprefix("commands.") for name in MODULES if name.startswith("commands.")}
    assert {entry.module for entry in COMMANDS.values()} == modules
    for name, entry in COMMANDS.items():
        assert entry.module == name.replace("-", "_")
        assert entry.summary.endswith(".")


def test_every_form_of_report_can_be_chosen() -> None:
    assert tuple(REPORTS) == FORMATS
    assert set(MACHINE) < set(FORMATS)
    modules = {name.removeprefix("reports.") for name in MODULES if name.startswith("reports.")}
    assert {form.replace("-", "_") for form in FORMATS} == modules - {"findings"}


@pytest.mark.parametrize("name", sorted({unit(module) for module in MODULES} - STARTS))
def test_every_module_has_its_tests(name: str) -> None:
    tests = Path(__file__).parent
    assert (tests / f"test_{name}.py").exists() or list((tests / name).glob("test_*.py"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_tests(name: str) -> None:
    assert (Path(__file__).parent / f"commands/test_{name.replace('-', '_')}.py").exists()
