"""Networks of threshold neurons, declared in YAML: checked, compiled and evaluated exactly.

    text -> Document -> Network -> Graph -> Plan -> outputs

>>> import nnc
>>> network = nnc.loads('''
... nnc: 1
... inputs: [a, b]
... neurons: {both: {weights: {a: 1, b: 1}, threshold: 2, fires: at_least}}
... outputs: [both]
... ''')
>>> nnc.evaluate(network, {"a": [0, 1, 1], "b": [1, 0, 1]})["both"].tolist()
[0, 0, 1]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nnc.bundles import make_with
from nnc.version import VERSION

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.cut_sets.answer import cuts
    from nnc.cut_sets.sets import CutSets
    from nnc.diagnostics.diagnostic import (
        Diagnostic,
        FileError,
        InvalidNetworkError,
        InvalidRowsError,
        NncError,
        Span,
    )
    from nnc.differences.answer import compare
    from nnc.differences.digests import digest
    from nnc.differences.row_changes import Comparison
    from nnc.drawing.drawings import Drawing
    from nnc.drawing.page.views import View, view
    from nnc.drawing.pictures import draw
    from nnc.filling.answer import Solution, solve
    from nnc.interchange.checks import ExportCheck
    from nnc.interchange.exports import check_export, export
    from nnc.interchange.importing.imported import Imported
    from nnc.interchange.imports import import_file, import_model
    from nnc.jobs.evaluation import do
    from nnc.jobs.finishing import Results
    from nnc.jobs.jobs import Job, job
    from nnc.jobs.tasks import Done, Task
    from nnc.language.formatting.networks import to_yaml
    from nnc.language.network import (
        Assumption,
        Case,
        Convolution,
        Input,
        Layer,
        Network,
        Neuron,
        Open,
        Output,
        Part,
        Property,
        Sparse,
        TensorFile,
        Threshold,
        Unknown,
    )
    from nnc.opening.api import (
        compile,
        evaluate,
        evaluate_frame,
        load,
        load_compiled,
        loads,
        reader,
        trace,
        truth_table,
    )
    from nnc.opening.cases.results import CaseResult
    from nnc.opening.checking import Checked, check_file
    from nnc.opening.testing import run_cases
    from nnc.proofs.answer import ProofResult, prove
    from nnc.proofs.certification import check_proof
    from nnc.reasons.answer import Reasons, why
    from nnc.repairs.answer import Repair, repair
    from nnc.run.trace import Trace
    from nnc.run.truth_tables import TruthTable
    from nnc.scores.answer import fit
    from nnc.statistics.answer import Stats, stats
    from nnc.training.answer import Training, train

__version__ = VERSION

__all__ = [
    "Assumption",
    "Case",
    "CaseResult",
    "Checked",
    "Comparison",
    "Convolution",
    "CutSets",
    "Diagnostic",
    "Done",
    "Drawing",
    "ExportCheck",
    "FileError",
    "Imported",
    "Input",
    "InvalidNetworkError",
    "InvalidRowsError",
    "Job",
    "Layer",
    "Network",
    "Neuron",
    "NncError",
    "Open",
    "Output",
    "Part",
    "Plan",
    "ProofResult",
    "Property",
    "Reasons",
    "Repair",
    "Results",
    "Solution",
    "Span",
    "Sparse",
    "Stats",
    "Task",
    "TensorFile",
    "Threshold",
    "Trace",
    "Training",
    "TruthTable",
    "Unknown",
    "View",
    "__version__",
    "check_export",
    "check_file",
    "check_proof",
    "compare",
    "compile",
    "cuts",
    "digest",
    "do",
    "draw",
    "evaluate",
    "evaluate_frame",
    "export",
    "fit",
    "import_file",
    "import_model",
    "job",
    "load",
    "load_compiled",
    "loads",
    "prove",
    "reader",
    "repair",
    "run_cases",
    "solve",
    "stats",
    "to_yaml",
    "trace",
    "train",
    "truth_table",
    "view",
    "why",
]

_NAMES = {
    "compiler.plan": "Plan",
    "cut_sets.answer": "cuts",
    "cut_sets.sets": "CutSets",
    "diagnostics.diagnostic": (
        "Diagnostic FileError InvalidNetworkError InvalidRowsError NncError Span"
    ),
    "differences.answer": "compare",
    "differences.digests": "digest",
    "differences.row_changes": "Comparison",
    "drawing.drawings": "Drawing",
    "drawing.page.views": "View view",
    "drawing.pictures": "draw",
    "filling.answer": "Solution solve",
    "interchange.checks": "ExportCheck",
    "interchange.exports": "check_export export",
    "interchange.importing.imported": "Imported",
    "interchange.imports": "import_file import_model",
    "jobs.evaluation": "do",
    "jobs.finishing": "Results",
    "jobs.jobs": "Job job",
    "jobs.tasks": "Done Task",
    "language.formatting.networks": "to_yaml",
    "language.network": (
        "Assumption Case Convolution Input Layer Network Neuron Open Output Part Property Sparse "
        "TensorFile Threshold Unknown"
    ),
    "opening.api": (
        "compile evaluate evaluate_frame load load_compiled loads reader trace truth_table"
    ),
    "opening.cases.results": "CaseResult",
    "opening.checking": "Checked check_file",
    "opening.testing": "run_cases",
    "proofs.answer": "ProofResult prove",
    "proofs.certification": "check_proof",
    "reasons.answer": "Reasons why",
    "repairs.answer": "Repair repair",
    "run.trace": "Trace",
    "run.truth_tables": "TruthTable",
    "scores.answer": "fit",
    "statistics.answer": "Stats stats",
    "training.answer": "Training train",
}
"""The public names, by the module that each is imported from when it is first used."""
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}


def _displayed(value: object) -> dict[str, str]:
    """Return how a notebook shows a value; what draws it is imported then."""
    from nnc.notebooks import displayed

    return displayed(value)


def _yaml_of(network: Any, file: Any, meta: bool) -> str:
    """Return the text of a network; in a file, other files are named from where that lies."""
    from nnc.language.formatting.moving import moved
    from nnc.language.formatting.networks import to_yaml

    if file is not None and network.folder is not None:
        network = moved(network, network.folder, file)
    return to_yaml(network, meta=meta)


make_with(_displayed, _yaml_of)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line starts fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nnc' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"nnc.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return __all__
