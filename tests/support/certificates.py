"""Certificates of small networks in tests: written, checked, forged."""

from collections.abc import Sequence

import nnc
from nnc.compiler.plan import build_plan
from nnc.opening.checking import check_built
from nnc.proofs.certificates.checker import Certified, CertifiedNetwork, check
from nnc.proofs.certificates.refusal import RefusedError
from nnc.proofs.certifying import Certificate, NamedNetwork, certify_equality
from nnc.run.digests.digests import structure_digest


def certified(text: str, name: str = "a.nn.yaml") -> NamedNetwork:
    """Read a network as a certificate names it."""
    graph = check_built(nnc.loads(text)).graph
    assert graph is not None
    plan = build_plan(graph)
    return NamedNetwork(name, CertifiedNetwork(plan, structure_digest(plan)))


def certificate_of(
    before: NamedNetwork, after: NamedNetwork, outputs: Sequence[str] = (), budget: float = 5
) -> Certificate:
    """Write the certificate that outputs, or all of them, are equal."""
    wanted = outputs or [tap.alias for tap in before.network.plan.outputs]
    return certify_equality((before, after), wanted, {}, budget)


def shown_by(text: str, *networks: NamedNetwork) -> list[Certified]:
    """Check a certificate. Raises RefusedError."""
    return check(text.encode(), [each.network for each in networks])


def is_refused(text: str | bytes, *networks: NamedNetwork) -> bool:
    """Whether a certificate is refused."""
    data = text.encode() if isinstance(text, str) else text
    try:
        check(data, [each.network for each in networks])
    except RefusedError:
        return True
    return False
