"""How the code is laid out: rules 1 to 4 of CONTRIBUTING, and the tables that must agree."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import nnc
from nnc.cli.group import COMMANDS
from nnc.terminal.reporter import FORMS
from tests.support.bare_arithmetic import bare_arithmetic

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "framework/nnc"

ORDER = (
    "version", "lazy", "bundles", "printable", "activity", "diagnostics", "numbers",
    "selecting", "records", "remaining", "limits", "files", "language", "extras", "compiler",
    "rows", "run", "opening",
    "terminal", "solvers", "proofs", "interchange", "differences", "drawing", "reasons",
    "cut_sets", "filling", "scores", "training", "repairs", "statistics", "jobs", "lsp",
    "sklearn", "notebooks", "cli",
    "__init__", "__main__",
)  # fmt: skip
"""Modules and folders from the bottom up: each may import from those before it, and from itself."""

DOORS = {
    "yaml": {"language.document", "language.formatting"},
    "click": {
        "cli.check",
        "cli.group",
        "cli.help",
        "cli.main",
        "cli.new",
        "cli.schema",
        "cut_sets.command",
        "differences.diff",
        "differences.digest",
        "differences.git",
        "differences.log",
        "drawing.draw",
        "drawing.view",
        "filling.blanks",
        "filling.command",
        "interchange.export",
        "interchange.import_",
        "jobs.eval",
        "jobs.job_settings",
        "lsp.command",
        "proofs.command",
        "reasons.command",
        "repairs.command",
        "scores.command",
        "statistics.command",
        "training.command",
        "terminal.commands.compile",
        "terminal.commands.completion",
        "terminal.commands.explain",
        "terminal.commands.fmt",
        "terminal.commands.test",
        "terminal.commands.validate",
        "terminal.operands",
        "terminal.options",
        "terminal.reporter",
        "terminal.result_settings",
        "terminal.row_settings",
    },
    "rich": {"rows", "terminal.reporter"},
    "pydantic": {"cli.schema", "language.network"},
    "pydantic_core": {"cli.schema", "language.network"},
    "google": {"interchange.importing.onnx.graph"},
    "onnx": {
        "interchange.importing.onnx.chains",
        "interchange.importing.onnx.graph",
        "interchange.importing.onnx.tables",
    },
    "onnxruntime": {"interchange.importing.onnx.graph", "interchange.importing.onnx.tables"},
    "lsprotocol": {"lsp"},
    "ortools": {"solvers.bounded"},
    "PIL": {"rows.arrays"},
    "pyarrow": {"jobs.folders", "opening.api", "rows"},
    "pygls": {"lsp"},
    "pysat": {"solvers.sat"},
    "pytest": {"terminal.pytest"},
    "resvg_py": {"drawing"},
    "sklearn": {"interchange.importing.models.estimators", "sklearn"},
    "treelite": {"interchange.importing.models.estimators", "interchange.importing.models.forests"},
    "numpy": {
        "compiler.artifact",
        "compiler.plan",
        "compiler.shared",
        "cut_sets.replay",
        "differences.row_changes",
        "differences.structure.layers",
        "drawing",
        "files.weights",
        "interchange.exporting.onnx",
        "interchange.exporting.onnx_model",
        "interchange.importing.models",
        "interchange.importing.onnx",
        "interchange.importing.imported",
        "lazy",
        "numbers.integers",
        "proofs",
        "reasons",
        "repairs",
        "rows",
        "run.assumptions",
        "run.destinations",
        "run.digests.digests",
        "run.digests.hashing",
        "run.engines",
        "run.evaluation",
        "run.plain_rows",
        "run.readings",
        "run.trace",
        "run.truth_tables",
        "scores",
        "sklearn",
        "statistics.answer",
        "training",
    },
    "torch": {"training.learning", "training.noise"},
    "safetensors": {"compiler.artifact", "files.weights"},
    "typing_extensions": {
        "drawing",
        "drawing.page",
    },
}
"""One library, one door: where each library may be imported."""

TOOLS = {
    "solvers": {"and_graph", "bounded", "diagrams", "sat", "weighted"},
    "proofs": {"answer", "certification", "comparison", "plans", "properties"},
    "interchange": {"checks", "exports", "importing.imported", "imports"},
    "differences": {
        "answer", "diffs.compared", "digests", "pairs", "row_changes", "structure",
    },
    "drawing": {
        "drawings", "page.views", "pictures",
    },
    "reasons": {"answer", "report"},
    "cut_sets": {"answer", "sets"},
    "filling": {"answer", "blanks", "questions", "search"},
    "scores": {
        "answer", "columns.terms", "command", "neuron", "report",
    },
    "training": {"answer", "report", "skeletons"},
    "repairs": {"answer"},
    "jobs": {"evaluation", "finishing", "jobs", "tasks"},
    "lsp": set(),
    "sklearn": set(),
}  # fmt: skip
"""The doors of each tool: its modules that others import, apart from the table of commands.

Five are a narrow door. A list with more may only become shorter.
"""

UNTESTED = {
    "bundles",
    "compiler.joint",
    "cut_sets.families",
    "cut_sets.measures",
    "cut_sets.probabilities",
    "cut_sets.replay",
    "cut_sets.search",
    "cut_sets.sets",
    "differences.answer",
    "differences.digests",
    "drawing.pictures",
    "filling.proofs",
    "filling.questions",
    "interchange.exports",
    "interchange.imports",
    "jobs.evaluation",
    "jobs.finishing",
    "jobs.records",
    "jobs.tasks",
    "language.inheritance",
    "lsp.checker",
    "lsp.facts",
    "lsp.findings",
    "lsp.hover",
    "lsp.keys",
    "lsp.project",
    "lsp.structure",
    "proofs.answer",
    "proofs.certification",
    "reasons.circuits",
    "reasons.finder",
    "reasons.question",
    "reasons.report",
    "reasons.scales",
    "reasons.sums",
    "remaining",
    "repairs.repair",
    "rows.session",
    "scores.answer",
    "scores.demands",
    "scores.documents",
    "scores.odds",
    "scores.search",
    "solvers.and_graph",
    "solvers.diagrams",
    "terminal.plans",
    "training.answer",
    "training.blocks",
    "training.integers",
    "training.labels",
    "training.learning",
    "training.report",
    "training.samples",
    "training.settings",
}
"""Modules without a test file of their own: tested by those of their neighbours, or by commands."""


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}
EXTENSIONS = {name_of(file) for file in PACKAGE.rglob("*.pyi")}
"""Modules in C: they import nothing of the package."""

PACKAGES = [
    name for name, file in MODULES.items() if file.name == "__init__.py" and file.parent != PACKAGE
]
FLOORS = [name for name in ORDER if name in PACKAGES and name != "sklearn"]
"""Packages whose `__init__` is a docstring alone; what is inside them hands on its names."""


def unit(module: str) -> str:
    return module.partition(".")[0]


def order_of(package: str) -> list[str]:
    """Give what stands in a package from the bottom up, as the end of its docstring says."""
    docstring = ast.get_docstring(ast.parse(MODULES[package].read_text("utf-8"))) or ""
    return re.split(r",\s+", docstring.rpartition("\nOrder: ")[2].rstrip("."))


def stands_in(module: str, place: str) -> bool:
    return f"{module}.".startswith(f"{place}.")


@cache
def imports_of(file: Path) -> list[ast.Import | ast.ImportFrom]:
    """Give every import of a file, also in functions and for types; each file is read once."""
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]


@cache
def imported(module: str) -> list[str]:
    """Give every module that is imported anywhere in one."""
    names: list[str] = []
    known = {*MODULES, *EXTENSIONS}
    for node in imports_of(MODULES[module]):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
            continue
        assert node.level == 0, f"{module}: a relative import"
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            names += ["numpy"] if whole == "nnc.lazy.np" else []
            is_module = whole.startswith("nnc.") and whole.removeprefix("nnc.") in known
            names.append(whole if is_module else str(node.module))
    return names


def own(module: str) -> set[str]:
    """Give the modules of the package that one imports."""
    names = {name for name in imported(module) if unit(name) == "nnc"}
    found = {name.removeprefix("nnc.") if "." in name else "__init__" for name in names}
    return found - {module} - EXTENSIONS


def test_every_module_has_its_place_in_the_order() -> None:
    assert {unit(module) for module in MODULES} == set(ORDER)
    assert len(set(ORDER)) == len(ORDER)


def test_packages_state_their_order() -> None:
    for package in PACKAGES:
        inside = {unit(name.removeprefix(f"{package}.")) for name in MODULES if name != package
                  and stands_in(name, package)}  # fmt: skip
        assert sorted(order_of(package)) == sorted(inside), package


def test_imports_only_go_down() -> None:
    for module, other in [(name, other) for name in MODULES for other in own(name)]:
        told = f"{module} imports {other}"
        assert other in MODULES, told
        assert not stands_in(module, other), f"{told}, the package it is in"
        if not stands_in(other, module):
            here, there = module.split("."), other.split(".")
            fork = next(n for n, name in enumerate(here) if name != there[n])
            order = order_of(".".join(here[:fork])) if fork else list(ORDER)
            assert order.index(there[fork]) < order.index(here[fork]), told


def test_the_pipeline_imports_no_tool() -> None:
    """A tool stands above the terminal, so that it can be changed or removed alone."""
    assert set(TOOLS) < set(ORDER)
    assert all(ORDER.index(tool) > ORDER.index("terminal") for tool in TOOLS)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_is_entered_by_its_doors_alone(tool: str) -> None:
    others = {name for module in MODULES if unit(module) != tool for name in own(module)}
    entered = {name.removeprefix(f"{tool}.") for name in others if stands_in(name, tool)}
    assert entered == TOOLS[tool]


def test_no_circles() -> None:
    waiting = {module: own(module) for module in MODULES}
    while ready := [module for module, others in waiting.items() if not others & waiting.keys()]:
        for module in ready:
            del waiting[module]
    assert not waiting


def test_floors_import_nothing() -> None:
    for floor in FLOORS:
        [docstring] = ast.parse(MODULES[floor].read_text("utf-8")).body
        assert isinstance(docstring, ast.Expr), floor


def test_no_module_hides_a_public_function() -> None:
    """`nnc.compile` would be a package once `nnc.compile.plan` was imported."""
    assert not set(ORDER) & set(nnc.__all__)


def test_each_library_has_its_door() -> None:
    for module in MODULES:
        libraries = {unit(name) for name in imported(module)} - sys.stdlib_module_names
        for library in libraries - {"nnc", "__future__"}:
            is_door = any(stands_in(module, door) for door in DOORS[library])
            assert is_door, f"{module} imports {library}"


def test_other_programs_are_run_at_two_doors() -> None:
    assert [module for module in MODULES if "subprocess" in imported(module)] == [
        "files.git",
        "interchange.programs",
    ]


def test_no_names_that_say_nothing() -> None:
    parts = {part for module in MODULES for part in module.split(".")}
    assert not parts & {"utils", "helpers", "common", "base", "core", "manager", "misc", "util"}


# --------------------------------------------------------------------------- arithmetic

CALCULATES = {
    "cut_sets", "compiler.plan", "differences", "proofs", "reasons", "rows", "run.digests",
    "run.engines", "run.evaluation", "run.trace", "run.truth_tables",
}  # fmt: skip
PROVED = {
    # integers of users, each within a type that is proved to hold every result
    "run.engines.layers._matmul": "in the type of `LayerStep.proved`, from the weights themselves",
    "run.engines.products.sparse_totals": "in the type of `LayerStep.proved`, and places",
    "run.engines.windows.ExactSums.of": "`exact_sums` bounds factors and offsets by the totals",
    "run.engines.windows.Stage.__init__": "sums of a kernel, below 2**30, and limits cut to that",
    "run.engines.windows.Pictures.whole": "integers in units, divided",
    "run.engines.windows.Pictures.run": "numbers of a range of at most 255, checked",
    "run.engines.program._functions": "`Neurons` are within MAX_PLANES bits",
    "run.engines.program.reached": "`Neurons` are within MAX_PLANES bits",
    "compiler.plan.totals._sums": "of at most 32 bits, and at most 2**25 of them",
    "compiler.plan.totals._bounds": "sums of tiles, as above; floats, rounded outward",
    "compiler.plan.totals._absolute": "the size of the least integer is read as unsigned",
    "rows.inputs.octets": "numbers of at most 18 digits",
    "rows.inputs.octets._whole": "numbers of at most 18 digits",
    "rows.inputs.octets._decimals": "numbers of at most 18 digits; characters modulo 256",
    "rows.inputs.floats._units": "floats",
    "rows.output._codes": "the range of the column is below 4,096",
    # floats
    "run.engines.numbers._Deciding._decide": "floats, beside a bound of their error",
    "run.engines.numbers._Deciding.__init__": "floats",
    "run.engines.numbers._Deciding.again": "floats, beside a bound of their error; places",
    "run.engines.numbers._norm": "floats, rounded up",
    "run.engines.numbers._Narrow.__init__": "floats, rounded up",
    "run.engines.numbers._Narrow.decide": "floats, rounded up",
    "run.engines.numbers._bound": "floats, rounded up",
    "run.trace.contributions.Contributions.largest": "floats, of whose signs only",
    "run.engines.numbers._is_safe": "floats",
    "run.engines.sums._Sums.columns": "floats, beside a bound of their error",
    "run.engines.sums._Grid._totals": "floats below 2**53, and at most 12 such integers",
    "run.engines.sums._Grid._slices": "floats, split without error",
    "run.engines.tallies._long": "floats, beside a bound of their error; numbers of Python",
    "proofs.properties.landscape.SmoothCopy.values": "floats, which only lead a search",
    "proofs.properties.landscape.Landscape.distances": "floats, which only lead a search",
    "proofs.properties.near.Neighbourhood.variances": "floats, which only lead a search",
    "proofs.properties.near_bounds.cells_of": "floats, of sums below what they hold exactly",
    "proofs.properties.near_bounds.Cells.bits": "floats, as above",
    "proofs.properties.near_bounds.Cells.without": "floats, as above",
    "proofs.properties.near_bounds._Tree.__init__": "floats, as above; places",
    "proofs.properties.near_bounds._Tree.below": "floats, as above; places",
    "proofs.certificates.nearby._Cells.bits": "floats, of sums below what they hold exactly",
    "proofs.certificates.nearby._Cells.without": "floats, as above; places",
    "proofs.certificates.nearby._Tree._steps": "floats, as above",
    "proofs.certificates.nearby._Tree._words_of_moves": "floats, as above",
    "proofs.certificates.nearby._Tree._try": "floats, as above; counts of rows",
    "proofs.certificates.nearby._Tree._try_last": "floats, as above",
    "proofs.certificates.nearby._Tree._fresh": "words of bits, hashed modulo 2**64",
    "proofs.certificates.nearby._parts": "counts of rows",
    # Python's integers
    "run.engines.tallies._Part.__init__": "integers of Python, and places of lines",
    "run.engines.tallies.Tallies.__init__": "integers of Python",
    "run.engines.tallies.SparseTallies.__init__": "integers of Python, and places of sources",
    "run.engines.tallies._is_short": "integers of Python",
    "run.engines.tallies._long.exactly": "integers of Python",
    "run.engines.numbers.whole_sum": "numbers of Python; arrays by `weighted_sum` and `scaled`",
    "run.engines.sums._Grid.__init__": "integers of Python",
    "run.engines.sums._of_neurons": "integers of Python",
    "run.engines.sums._Sums._at": "integers of Python",
    "run.engines.sums._Sums._one_by_one": "numbers of Python",
    "run.engines.sums._Grid._limbs": "integers of Python",
    "run.engines.sums._span": "integers of Python",
    "run.engines.parts._fits_program": "integers of Python, from a tuple",
    "run.engines.engine._neurons": "numbers of Python",
    "run.trace.contributions.Contributions.effect": "numbers of Python",
    "run.trace.contributions.Sources.change": "numbers of Python",
    "run.engines.numbers.add_numbers": "numbers of Python; arrays by `weighted_sum` and `scaled`",
    "compiler.plan.plan.formula": "integers of Python, from a tuple",
    "compiler.plan.neurons.Builder.add": "numbers of Python, as written",
    "compiler.plan.neurons.Builder._of_states": "numbers of Python, as written",
    "compiler.plan.totals.bounds_of": "numbers of Python, by `_bounds`",
    "compiler.plan.totals._exact_bounds": "numbers of Python, by `numbers`",
    "compiler.plan.layers._limits": "numbers of Python, by `row_sums`",
    "compiler.plan.layers._limits_of_classes": "numbers of Python",
    "run.digests.hashing.constants_of": "numbers of Python, by `class_sums`",
    "compiler.plan.layers._mixed": "numbers of Python, by `numbers`",
    "proofs.plans.shared.Shared._neuron": "numbers of Python",
    "proofs.circuit.adders.ends_in_parity": "integers of Python, from a tuple",
    "proofs.comparison.boxes._of_gate": "integers of Python, from a tuple",
    "differences.structure.forms._synapses": "a tuple",
    "run.engines.numbers._exact_sum": "numbers of Python",
    "compiler.plan.layers._weights": "numbers of Python",
    "proofs.properties.lints._is_any": "numbers of Python",
    "reasons.finder.Finder.steps": "places of values, integers of Python",
    "compiler.plan.layers._thresholds": "a list",
    "compiler.plan.neurons.PlanNeuron.threshold": "integers of Python",
    # places, counts and words of bits
    "proofs.properties.near_rows._Search.shrunk": "counts of changes",
    "proofs.properties.near_bounds._Tree._fresh": "words of bits, hashed modulo 2**64",
    "proofs.properties.near_bounds._parts": "counts of rows",
    "proofs.plans.blocks._Codes.__call__": "numbers of rows, divided by one above 0",
    "run.engines.program.Neurons.made": "places of signals",
    "proofs.plans.blocks._Side.column": "counts of thresholds",
    "proofs.strategies.simulation._codes": "places of values, below 2**62",
    "differences.structure.layers._weights_of": "places of weights, below 2**50",
    "rows.inputs.sparse.SparseColumn.numerators": "places of bytes",
    "rows.inputs.sparse.SparseColumn.near": "places of ones",
    "run.engines.packed._Bank._count": "places of bits",
    "run.engines.program._pick": "places of entries",
    "run.engines.program._in_order": "places in a program",
    "run.engines.program._moved": "places in a program",
    "run.engines.program._events": "numbers of operations and signals, both int64",
    "run.engines.words._transposed": "words of bits",
    "compiler.plan.totals._tiles": "places of entries",
    "rows.arrow.reading.ArrowRejects.write": "numbers of rows",
    "rows.csv.plain._Cells.found": "places of characters",
    "rows.output._distinct": "places of kinds, at most 65,536 of them",
    "rows.arrays.npy._NpyRejects.write": "counts of rows",
    "rows.inputs.truth_table._rows": "numbers of rows, below 2**31",
    "run.engines.words.count_ones": "counts of rows",
    "run.engines.words.Matrices.run": "floats: totals of 44 bits, which float64 holds",
    "run.engines.words._level": "weights of one neuron for a signal, of 44 bits in sum",
    "run.evaluation._level": "counts of the thresholds of a neuron",
    "run.engines.packed.Packed.ones": "counts of rows",
}
"""Where NumPy's integers are added or multiplied outside of `nnc.numbers.integers`, and why."""


def test_integers_are_calculated_in_one_place() -> None:
    """NumPy wraps without a word, so what may wrap is in the one module that proves it does not."""
    found: dict[str, list[str]] = {}
    for module, file in MODULES.items():
        if any(stands_in(module, place) for place in CALCULATES):
            for one in bare_arithmetic(file.read_text("utf-8")):
                where = f"{module}.{one.function}".removesuffix(".")
                found.setdefault(where, []).append(f"{file.name}:{one.line}: {one.text}")
    bare = [line for where in found.keys() - PROVED.keys() for line in found[where]]
    assert not bare, "integers that may wrap: use nnc.numbers.integers, or say why they cannot"
    assert not PROVED.keys() - found.keys(), "nothing is calculated there any more"


@pytest.mark.parametrize(
    "text",
    [
        # what was there, and wrapped or overflowed
        "def f(fires: Any, limits: Any):\n    return limits + (fires == 0)",
        "limits, on = f(level.limits)\nlimits = limits - np.where(on, weights, 0).sum(1)",
        "wide = added if is_wide else added.astype(np.int64)\na = Column(wide + step.offset)",
        "sums[first] = Column(totals[i].astype(np.int64) + step.offset, step.scale)",
        "whole = [a.astype(np.int64) * f for a, f in zip(arrays, factors, strict=True)]",
        "def f(total: Array, times: int, plus: int):\n    return Column(total * times + plus)",
        "np.multiply(short.numerators, factor, out=words[:, 0])",
        "numerators = one.numerators\nresult = numerators.astype(np.int64) * factor",
        "np.multiply(array.astype(np.int64), factor, out=line)",
        "def f(numerators: NDArray[np.int64], common: int):\n    return numerators // common",
        "largest = max(abs(column.numerators.max()), -column.numerators.min())",
        # and their like
        "total = np.zeros(count, np.int64)\nfor one in many:\n    total += one",
        "for one in many:\n    x = y + 1\n    y = np.array(many, np.int64)",
        "a = -column.numerators",
        "a = abs(layer.limits)",
        "a = layer.weights << 3",
        "a = scaled(column.numerators, 3) + 1",
        "a = weights.astype('int64') @ array",
        "a = bits.sum(axis=1, dtype=np.int64)",
        "a = np.dot(layer.weights, 3)",
        "a = [x for x in y if (column.numerators.reshape(-1)[0] - 1)]",
        "class A:\n    def f(self, array: NDArray[Any]) -> None:\n        array *= 2",
        "with x:\n    a = 2 ** layer.scales",
        # elements, by whatever name
        "for w in self.weights:\n    x = w * 3",
        "def f(a: Array):\n    return [w * 3 for w in a]",
        "def f(a: Array):\n    return sum(w for w in a)",
        "def f(a: Array):\n    return {i: w * 3 for i, w in enumerate(list(a))}",
        "def f(a: Array):\n    for i, (x, y) in enumerate(zip(a, b)):\n        x * 2",
        "def f(a: Array):\n    return (b := a[0]) and b * 2",
        "def f(a: Array):\n    return map(lambda w: w * 2, a)",
        "def f(a: Array):\n    return sorted(a, key=lambda w: w * 2)",
        "def f(a: Array):\n    first, *others = a\n    return others[0] * 2",
        "def f(a: Array):\n    match a:\n        case [x, *y]:\n            z = x * 3",
        "match 3:\n    case 3 if layer.weights * 3:\n        pass",
        "match 3:\n    case 3:\n        z = layer.weights * 3",
        "def f(a: Array):\n    with opened(a) as b:\n        b * 2",
        # parameters and attributes
        "def f(a: Array | None):\n    return a * 2",
        "def f(a: 'Sequence[Array]', /):\n    return a[0] * 2",
        "def f(a: dict[str, Array]):\n    return [k * 2 for k in a.values()]",
        "def f(*a: Array):\n    return a[0] * 2",
        "def f(**a: Array):\n    return a['x'] * 2",
        "class A:\n    totals: Array\n\n    def f(self):\n        return self.totals * 2",
        "class A:\n    def f(self): self.x * 2\n    def g(self, a: Array): self.x = a",
        "class A:\n    @property\n    def x(self) -> Array: 0\n    def f(self): self.x * 2",
        # more of NumPy
        "a = np.int64(5) * 2**60",
        "a = np.add.reduce(layer.weights)",
        "a = np.square(layer.weights)",
        "a = np.vdot(layer.weights, b)",
        "a = np.tensordot(layer.weights, b)",
        "a = np.convolve(layer.weights, b)",
    ],
)  # fmt: skip
def test_arithmetic_that_may_wrap_is_found(text: str) -> None:
    assert bare_arithmetic(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = int(column.numerators.max()) + 1",
        "a = [int(one) * factor for one in column.numerators.tolist()]",
        "a = layer.weights.astype(object) * factor",
        "a = layer.weights.astype(np.float64) @ values.astype(np.float64)",
        "a = np.flatnonzero(column.numerators) + start",
        "a = len(layer.limits) * 2",
        "a = scaled(column.numerators, 3)",
        "a = column.numerators == other.numerators",
        "a = layer.weights.astype(np.int64)\na = 3\nb = a + 1",
        "def f(count: int) -> int:\n    return count * 2",
        "def f(a: Array):\n    return [w * 3 for w in a.tolist()]",
        "def f(a: Array):\n    return [i * 3 for i, w in enumerate(a)]",
        "def f(w: Array):\n    return [w * 3 for w in range(3)]",
        "def f(a: Array):\n    b = [w for w in a]\n    w = 3\n    return w * 3",
        "def f(w: Array):\n    return sorted(range(3), key=lambda w: w * 2)",
        "def f(a: NDArray[np.float64] | None):\n    return a * 2",
        "def f(a: Callable[[Array], int]):\n    return a * 2",
        "a = np.bitwise_or.reduce(layer.weights)",
    ],
)
def test_arithmetic_that_cannot_wrap_is_left_alone(text: str) -> None:
    assert not bare_arithmetic(text)


# ----------------------------------------------------------------------------- starting

ADDER = "configs/arithmetic/adder_8bit.nn.yaml"
HEAVY = ("numpy", "safetensors", "pydantic", "click", "yaml", "rich", "json")


def loaded(*arguments: str) -> set[str]:
    """Which libraries a run of `nnc` has imported."""
    code = (
        "import sys; from nnc.cli.main import main\n"
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
        (["validate", "--help"], {"numpy", "rich"}),
        (
            [
                "validate",
                "tests/invalid/NNC001-unclosed-quote.nn.yaml",
                "tests/invalid/NNC006-neuron.nn.yaml",
                "tests/invalid/NNC301-weight.nn.yaml",
                "tests/invalid/NNC701-within-bounds.nn.yaml",
            ],
            {"numpy", "rich"},
        ),
        (
            [
                "validate",
                "configs/medicine/news2.nn.yaml",
                "configs/gates/xor.nn.yaml",
                "configs/arithmetic/adder_8bit.nn.yaml",
                "configs/mail/spam_score_shop.nn.yaml",
                "configs/grids/outline.nn.yaml",
            ],
            {"numpy", "rich", "safetensors"},
        ),
        (["explain", "NNC301"], {"numpy", "pydantic", "yaml", "rich"}),
        (
            ["eval", "configs/gates/xor.nn.yaml", "a=1", "b=0"],
            {"numpy", "safetensors", "rich"},
        ),
        (["eval", "configs/gates/xor.nn.yaml", "a=1", "b=0", "--to=json"], {"numpy", "rich"}),
        (
            [
                "eval",
                "configs/medicine/glasgow_coma_scale.nn.yaml",
                "eyes=spontaneous",
                "verbal=orientated",
                "motor=obeying",
            ],
            {"numpy", "rich"},
        ),
        (["eval", "configs/gates/xor.nn.yaml", "a=1", "b=0", "--to=table"], {"numpy", "rich"}),
        (["eval", ADDER, "a=200", "b=0,0,1,0,0,1,1,0"], {"numpy", "rich"}),
        (["eval", ADDER, "a=200", "b=100", "--bits", "--to=json"], {"numpy", "rich"}),
        (["eval", ADDER, "a=200", "b=100", "--to=table"], {"numpy", "rich"}),
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
        for node in imports_of(file):
            if isinstance(node, ast.Import):
                assert all(unit(alias.name) != "framework" for alias in node.names), file
            else:
                assert unit(node.module or "") != "framework", file


def test_the_public_names() -> None:
    assert nnc.__all__ == sorted(nnc.__all__, key=lambda name: (name.islower(), name))
    assert set(nnc.__all__) == {*nnc._HOMES, "__version__"}
    assert dir(nnc) == sorted(nnc.__all__)
    for name in nnc.__all__:
        assert getattr(nnc, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        nnc.nothing  # noqa: B018


def test_the_public_names_have_types() -> None:
    """A name that only `__getattr__` gives is `Any` for mypy."""
    tree = ast.parse(MODULES["__init__"].read_text("utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    lines = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {alias.name for line in lines for alias in line.names} == set(nnc._HOMES)


def test_every_command_is_in_the_table() -> None:
    commands = {
        name for name, file in MODULES.items() if "\ndef command(" in file.read_text("utf-8")
    }
    assert {entry.module for entry in COMMANDS.values()} == commands
    for entry in COMMANDS.values():
        assert entry.summary.endswith(".")


def test_every_form_of_report_can_be_chosen() -> None:
    folder = "terminal.findings."
    modules = {name.removeprefix(folder) for name in MODULES if name.startswith(folder)}
    assert {form.module for form in FORMS.values()} == modules


def has_tests(module: str) -> bool:
    """Look for tests at the mirrored path, or at that of a package in a floor that it is in."""
    tests, parts = Path(__file__).parent, module.split(".")
    places = [tests.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
    if any(place.with_name(f"test_{place.name}.py").exists() for place in places):
        return True
    return any(any(place.glob("test_*.py")) for place in places[parts[0] in FLOORS :])


def test_every_module_has_its_tests() -> None:
    modules = MODULES.keys() - {*PACKAGES, "__init__", "__main__", "version"}
    assert {module for module in modules if not has_tests(module)} == set(UNTESTED)


def test_every_command_has_its_tests() -> None:
    for command in COMMANDS.values():
        folder, _, module = command.module.rpartition(".")
        tests = Path(__file__).parent / folder.replace(".", "/")
        assert (tests / f"test_{module}.py").exists(), command


CHECKER = {"compiler", "diagnostics", "language", "lazy", "numbers"}
"""What the checker of certificates may be made of: plans and exact numbers, and no prover."""


def test_the_checker_shares_nothing_with_the_prover() -> None:
    for module in (name for name in MODULES if stands_in(name, "proofs.certificates")):
        others = {name for name in own(module) if not stands_in(name, "proofs.certificates")}
        assert {unit(other) for other in others} <= CHECKER, module
        is_near = module.endswith("certificates.nearby")  # hundreds of thousands of rows
        assert is_near or "numpy" not in {unit(name) for name in imported(module)}, module
