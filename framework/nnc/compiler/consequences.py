"""Which findings only follow from a mistake in the same file that was told before."""

from __future__ import annotations

from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import Diagnostic, closest
from nnc.language.network import Network
from nnc.language.references import name_in


def follows(linked: Linked, finding: Diagnostic) -> bool:
    """Tell whether a finding may only follow from a declaration that could not be read whole."""
    valid, needs = linked.valid, finding.about.needs
    if valid is None or not needs:
        return False
    if "names" in needs:
        return not valid.names_known
    if "states" in needs and not valid.states_known:
        return True
    if "fires" in needs:
        return any(map(_is_about_fires, valid.diagnostics))
    mended = valid.mended | linked.broken
    if "numbers" in needs:
        mended |= valid.revalued
    elif "declarations" not in needs:
        return False
    if not mended:
        return False
    if str(finding.path[1]) in mended:
        return True
    return any(name_in(source) in mended for source in _sources_of(linked.network, finding))


def _is_about_fires(finding: Diagnostic) -> bool:
    """Tell a finding about a firing rule, or about a key that may be meant to be one."""
    return bool(finding.path) and closest("fires", [str(finding.path[-1])]) is not None


def _sources_of(network: Network, finding: Diagnostic) -> tuple[str, ...]:
    """Give the sources that a finding depends on."""
    place, name = str(finding.path[0]), str(finding.path[1])
    if place == "neurons" and name in network.neurons:
        if finding.rule == "gate-needs-bits":
            return (network.neurons[name].reads()[int(finding.path[-1])],)
        if finding.rule == "steps-need-number":
            return (str(finding.path[-1]),)
    declared = getattr(network, place, {}).get(name)
    return () if declared is None or place == "inputs" else declared.reads()
