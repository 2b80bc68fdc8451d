"""Write certificates of proofs, and check them without trusting the prover."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from nnc.compiler.graph import Graph
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, Span
from nnc.files.opening import MAX_BYTES, read_bytes
from nnc.language.network import claim_words
from nnc.numbers.exact import first_names, shorten
from nnc.opening.checking import Checked
from nnc.proofs.answer import ProofResult, ProofSuite, open_proofs, unknown_properties
from nnc.proofs.certificates.checker import Certified, CertifiedNetwork, check
from nnc.proofs.certificates.domain import written_within
from nnc.proofs.certificates.refusal import Reason, RefusedError
from nnc.proofs.certifying import NamedNetwork, certify_equality, certify_property
from nnc.proofs.comparison.behaviour import Behaviour
from nnc.proofs.plans.domain import Values, is_part, read_within
from nnc.proofs.properties import allowed_row
from nnc.run.digests.digests import structure_digest
from nnc.run.trace import PlainValue
from nnc.selecting import selected

_BUDGET = 30.0


@dataclass
class WrittenCertificate:
    """The text of a certificate, or None, and a warning for each claim that it leaves out."""

    text: str | None
    warnings: list[Diagnostic] = field(default_factory=list)


def certified_outputs(
    before: Checked,
    after: Checked,
    behaviour: Behaviour,
    within: Iterable[str] | Mapping[str, object] = (),
    *,
    budget: float = _BUDGET,
) -> WrittenCertificate:
    """Return the certificate of all outputs that were proved to be equal."""
    outputs = [each.output for each in behaviour.verdicts if each.kind == "equal"]
    if not outputs:
        return WrittenCertificate(None)
    networks = (_named(before), _named(after))
    limits = within.items() if isinstance(within, Mapping) else within
    texts = [each if isinstance(each, str) else f"{each[0]}={each[1]}" for each in limits]
    row = _common_row(before, after, texts)
    certificate = certify_equality(networks, outputs, written_within(texts), budget, row)
    left = [_left_out(f"output `{name}`", why, before) for name, why in certificate.left.items()]
    return WrittenCertificate(certificate.text, left)


def certified_properties(
    suite: ProofSuite, results: Sequence[ProofResult], *, budget: float = _BUDGET
) -> WrittenCertificate:
    """Return the certificate of all properties, and assumptions of parts, that were proved."""
    network = _named(suite.checked)
    others = _others(suite)
    rows = _allowed_rows(suite)
    proved = {result.name for result in results if result.kind == "proved"}
    texts, warnings = [], []
    for name, places in _claims(suite):
        parts = [
            certify_property(network, index, name, others, budget, rows(index))
            for index in places
            if name in proved
        ]
        texts += [each.text for each in parts if each.text is not None]
        reasons = [why for each in parts for why in each.left.values()]
        if reasons:
            warnings.append(_left_out(f"`{shorten(name, 200)}`", reasons[0], suite.checked))
    return WrittenCertificate("".join(texts) or None, warnings)


def _allowed_rows(suite: ProofSuite) -> Callable[[int], Mapping[str, PlainValue] | None]:
    """Return a function that gives an allowed row for the claim of an index, or None.

    For a comparison with a file, both networks allow the row.
    """
    properties = [claim for claim in suite.graph.claims if claim.kind == "properties"]

    @cache
    def of(file: str | None) -> Mapping[str, PlainValue] | None:
        if file is None:
            return suite.allowed_row()
        return allowed_row(suite.graph, suite.others[file])

    return lambda index: of(properties[index].file if index < len(properties) else None)


def _common_row(
    before: Checked, after: Checked, within: Sequence[str]
) -> Mapping[str, PlainValue] | None:
    """Return a row that the assumptions of two networks allow, if they have any."""
    graphs = before.graph, after.graph
    assert graphs[0] is not None
    assert graphs[1] is not None
    return allowed_row(graphs[0], graphs[1], within)


def _claims(suite: ProofSuite) -> list[tuple[str, list[int]]]:
    """Return the name and indices of each claim: properties first, then assumptions of parts."""
    claims = [(name, [index]) for index, name in enumerate(suite.names())]
    places = {id(claim): len(claims) + i for i, claim in enumerate(suite.graph.owed)}
    return claims + [(name, [places[id(c)] for c in owed]) for name, owed in suite.owed()]


def _left_out(subject: str, why: str, checked: Checked) -> Diagnostic:
    message = f"{subject} is proved, and not certified: {why}"
    hint = "the certificate says nothing of it"
    return Diagnostic("not-certified", message, help=hint, file=checked.file)


def nothing_certified(path: str) -> Diagnostic:
    """Return the warning that no certificate is written."""
    message = f"no certificate is written to `{path}`: there is no proof for it"
    hint = "a file of this name is an older one"
    return Diagnostic("not-certified", message, help=hint)


def _named(checked: Checked) -> NamedNetwork:
    assert checked.graph is not None
    return NamedNetwork(Path(checked.file).name, network_of(checked.graph))


def network_of(graph: Graph) -> CertifiedNetwork:
    """Return a network as certificates name it, with the assumptions of its parts."""
    digest = structure_digest(build_plan(graph))
    whole = replace(graph, claims=(*graph.claims, *graph.owed))
    return CertifiedNetwork(build_plan(whole), digest)


def _others(suite: ProofSuite) -> dict[str, CertifiedNetwork]:
    return {file: network_of(graph) for file, graph in suite.others.items()}


# -------------------------------------------------------------------------------- checking


@dataclass
class CheckedCertificate:
    """The claims that a certificate shows, and diagnostics about it and about missing claims."""

    results: list[ProofResult] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def check_certificate(
    certificate: str,
    suites: Sequence[ProofSuite],
    *,
    only: Sequence[str] = (),
    within: Iterable[str] | Mapping[str, object] = (),
    rows: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> CheckedCertificate:
    """Check a certificate about one network, or two; `only` names the properties that are wanted.

    For two networks, `within` limits the rows. For one network, `rows` is the file that its
    properties were made from, if any. Raises FileError if the certificate cannot be opened, and
    InvalidRowsError for a bad limit.
    """
    data = read_bytes(certificate, max_bytes)
    errors = [error for suite in suites for error in suite.errors]
    if errors:
        return CheckedCertificate(diagnostics=errors)
    networks = [network_of(suite.graph) for suite in suites]
    others = _others(suites[0]) if len(suites) == 1 else {}
    try:
        claims = check(data, networks, others)
    except RefusedError as error:
        return CheckedCertificate(diagnostics=[_refusal(certificate, error, rows)])
    if len(suites) == 1:
        return _properties(certificate, suites[0], claims, only)
    return _outputs(certificate, suites, claims, within)


_HELP: dict[Reason, str] = {
    "file": "name a whole file that nnc prove --certificate or nnc diff --certificate wrote",
    "format": "have it written again by this nnc, or check it with the one that wrote it",
    "count": "name the one network of nnc prove, or the two of nnc diff, in their order",
    "network": "name the files that it was written for, unchanged, with the same --within, or have "
    "it written again",
    "order": "name the two networks in the other order",
    "row": "nothing is shown about rows where none is allowed: see nnc prove on the networks",
    "work": "it is not known whether it is right: have it written again with less in it, such as "
    "one property",
    "step": "it was changed, or does not show this: have it written again, with nnc prove "
    "--certificate or nnc diff --certificate",
}
"""Help for a refused certificate, by the reason."""


def _refusal(certificate: str, error: RefusedError, rows: str | None) -> Diagnostic:
    span = None if error.line is None else Span(error.line, 1, error.line, 1)
    message, hint = error.message, _HELP[error.reason]
    if rows is not None and error.reason == "network":
        message = f"it was written for another network, rows other than `{rows}`, another --output "
        message += "or --within"
        hint = "name those that it was written for, unchanged, or have it written again"
    return Diagnostic(
        "certificate-refused", f"the certificate is refused: {message}",
        help=hint, file=certificate, span=span,
    )  # fmt: skip


def _properties(
    certificate: str, suite: ProofSuite, claims: Sequence[Certified], only: Sequence[str]
) -> CheckedCertificate:
    checked = CheckedCertificate(diagnostics=unknown_properties(only, suite.names()))
    places = {each.place for each in claims}
    wanted = set(selected(only, suite.names()))
    for name, places_ in _claims(suite):
        if only and name not in wanted:
            continue
        if not places.issuperset(places_):
            message = f"`{shorten(name, 200)}` is not in the certificate"
            checked.diagnostics.append(_missing(message, certificate))
            continue
        words = name
        if places_[0] < len(suite.network.properties):
            words = claim_words(suite.network.properties[places_[0]])
        checked.results.append(
            ProofResult(
                name, words, "proved", "its certificate was checked", file=suite.checked.file
            )
        )
    return checked


def _missing(message: str, certificate: str) -> Diagnostic:
    hint = "only what was proved has a certificate: name that with --property, or prove it again"
    return Diagnostic("not-in-certificate", message, help=hint, file=certificate)


def _outputs(
    certificate: str,
    suites: Sequence[ProofSuite],
    claims: Sequence[Certified],
    within: Iterable[str] | Mapping[str, object],
) -> CheckedCertificate:
    inputs = {**suites[1].graph.inputs, **suites[0].graph.inputs}
    wanted = read_within(within, inputs)
    checked = CheckedCertificate()
    equal = {name: each.within for each in claims for name in each.outputs}
    aliases = dict.fromkeys(tap.alias for suite in suites for tap in suite.graph.outputs)
    missing = [alias for alias in aliases if alias not in equal]
    other = suites[1].checked.file
    for alias in aliases:
        if alias in equal:
            limits = equal[alias]
            words = f"`{alias}` is the same in {other}"
            if limits:
                ranges = ", ".join(f"{name}={'|'.join(values)}" for name, values in limits.items())
                words += f", within {ranges}"
                texts = {name: "|".join(values) for name, values in limits.items()}
                if not _is_inside(wanted, read_within(texts, inputs)):
                    checked.diagnostics.append(_limited(alias, ranges, certificate))
            checked.results.append(
                ProofResult(
                    words,
                    words,
                    "proved",
                    "its certificate was checked",
                    file=suites[0].checked.file,
                )
            )
    if missing:
        outputs = "output" if len(missing) == 1 else "outputs"
        message = f"the {outputs} {first_names(missing, '`')} are not in the certificate"
        if len(missing) == 1:
            message = f"the output `{missing[0]}` is not in the certificate"
        checked.diagnostics.append(_missing(message, certificate))
    return checked


def _is_inside(wanted: Mapping[str, Values], limits: Mapping[str, Values]) -> bool:
    """Return whether all wanted rows are within the limits of what is shown."""
    return all(name in wanted and is_part(wanted[name], limit) for name, limit in limits.items())


def _limited(alias: str, ranges: str, certificate: str) -> Diagnostic:
    message = f"the output `{alias}` is shown to be the same within {shorten(ranges, 200)} alone"
    hint = "name the limits that are enough with --within, or have it written without"
    return Diagnostic("limited-certificate", message, help=hint, file=certificate)


def check_proof(
    certificate: str | Path,
    *networks: str | Path,
    within: Iterable[str] | Mapping[str, object] = (),
    root: str | Path | None = None,
) -> list[ProofResult]:
    """Check a certificate without the prover; return what it shows of one network, or of two.

    The networks are those that it was written for, in this order: one for `nnc prove`, two for
    `nnc diff`, of which only rows `within` some limits may be wanted. Each result is `proved`.
    Raises InvalidNetworkError where the certificate is refused, leaves a property or an output out,
    or shows it within narrower limits, and FileError where a file cannot be opened.
    The format is in docs/certificates.md. Of the file that
    `nnc prove configs/voting/two_of_three.nn.yaml --certificate votes.jsonl` writes:

    >>> import nnc
    >>> results = nnc.check_proof("votes.jsonl", "configs/voting/two_of_three.nn.yaml")
    >>> {result.kind for result in results}
    {'proved'}
    """
    if not 1 <= len(networks) <= 2:
        raise TypeError(f"a certificate is about one network or two, not {len(networks)}")
    where = Path(root) if root else None
    suites = [open_proofs(str(each), root=where) for each in networks]
    checked = check_certificate(str(certificate), suites, within=within)
    if checked.diagnostics:
        raise InvalidNetworkError(checked.diagnostics)
    return checked.results
