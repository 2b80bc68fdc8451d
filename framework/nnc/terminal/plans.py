"""Load the plan of a network file or compiled network for a command."""

from __future__ import annotations

from pathlib import Path

from nnc.compiler.plan import Plan, build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.files.opening import is_compiled
from nnc.opening.checking import Checked, check_file
from nnc.opening.loading import load_plan


def plan_of(
    network: str, root: Path | None, max_bytes: int, warnings: list[Diagnostic]
) -> tuple[Plan, Checked | None]:
    """Return the plan of a network file with its check, or of a compiled network with None.

    Warnings are appended to `warnings`. Raises FileError or InvalidNetworkError.
    """
    if is_compiled(network):
        loaded = load_plan(network, root=root, max_bytes=max_bytes, verify=True)
        warnings += loaded.warnings
        return loaded.plan, None
    checked = check_file(network, root=root, max_bytes=max_bytes)
    if checked.graph is None or checked.network is None:
        raise InvalidNetworkError(checked.obstacles)
    return build_plan(checked.graph, checked.network.name or ""), checked
