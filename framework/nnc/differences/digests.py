"""The digests of structure and behaviour behind `nnc digest` and `nnc.digest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from nnc.compiler.blanks import open_neurons
from nnc.compiler.plan import Plan, build_plan, plan_signals
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.opening.checking import Checked, check_valid
from nnc.run.digests.digests import behaviour_digest, structure_digest

if TYPE_CHECKING:
    from nnc.language.network import Network


def digest(network: Network | Plan, of: Literal["structure", "behaviour"] = "structure") -> str:
    """Return the digest of the structure or of the behaviour of a network: `sha256:…`.

    The digest of the structure does not depend on layout, order and the names of inner neurons;
    that of the behaviour is equal for all networks with equal outputs for every row.

    A number left open is part of the structure; the behaviour then has no digest.

    Raises InvalidRowsError where the inputs are not bits and choices of at most 2**20 rows, and the
    behaviour is asked for; InvalidNetworkError as `compile` does. docs/digest.md defines both.

    >>> import nnc
    >>> xor, xnor = (nnc.load(f"configs/gates/{name}.nn.yaml") for name in ("xor", "xnor"))
    >>> nnc.digest(xor, "behaviour") == nnc.digest(xnor, "behaviour")
    False
    """
    if isinstance(network, Plan):
        return digest_of_plan(network, of)
    return digest_checked(check_valid(network, may_be_open=True), of)


def digest_of_plan(plan: Plan, of: Literal["structure", "behaviour"]) -> str:
    """Return the digest of a plan. Raises InvalidRowsError as `digest`."""
    return f"sha256:{structure_digest(plan) if of == 'structure' else behaviour_digest(plan)}"


def digest_checked(checked: Checked, of: Literal["structure", "behaviour"]) -> str:
    """Return the digest of a checked network; that of the structure allows open numbers.

    Raises InvalidRowsError as `digest`, and InvalidNetworkError where it has errors.
    """
    if of == "structure" and checked.wiring is not None:
        return f"sha256:{structure_of(checked)}"
    if checked.graph is None:
        raise InvalidNetworkError(checked.obstacles)
    return digest_of_plan(build_plan(checked.graph), of)


def structure_of(checked: Checked) -> str:
    """Return the digest of the structure of a valid network, whose numbers may be open."""
    graph = checked.wiring
    assert graph is not None
    assert checked.linked is not None
    open_ = None
    if checked.graph is None:
        signals = plan_signals(graph)
        open_ = {
            signals[first]: neuron._replace(
                weights=tuple((signals[source], blank) for source, blank in neuron.weights)
            )
            for first, neuron in open_neurons(checked.linked, graph).items()
        }
    return structure_digest(build_plan(graph), open_)
