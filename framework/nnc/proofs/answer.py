"""A network file -> its properties, proved: what `nnc prove` and `nnc.prove` share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

from nnc.compiler.graph import Graph, GraphClaim, build_graph
from nnc.compiler.linking import Linked
from nnc.compiler.lint import lint
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    FileError,
    InvalidNetworkError,
)
from nnc.files.opening import MAX_BYTES, is_compiled, project_root, resolved_inside
from nnc.language.document.text import Document
from nnc.language.mistakes import without_proved_ignored
from nnc.language.network import Claim, Network, claim_words
from nnc.language.references import name_in
from nnc.numbers.exact import Number, counted, shorten
from nnc.opening.checking import Checked, check_built, check_file, check_input, located
from nnc.proofs.properties import Proof, Prover, lints
from nnc.remaining import Remaining
from nnc.run.trace import PlainValue, show_value
from nnc.selecting import selected, selecting_help, unmatched
from nnc.terminal.findings import Outcome, ProofRecord
from nnc.terminal.pictures import picture_lines

BUDGET = 10.0
_LINT_BUDGET = 2.0
_MAX_LINES = 30  # of a trace
Kind = Literal["proved", "refuted", "unknown"]


@dataclass(frozen=True)
class ProofResult:
    """The result for one property, or for one assumption of a used network.

    `kind` is `proved`, `refuted` or `unknown`; `how` says in words how that is known, or what was
    tried. `rows` refute it and were replayed: two rows if the property is about two. `claim` is the
    property in short, and `name` its name, or the claim if it has none. `failure` is what `nnc
    prove` reports; None where it is proved. If it is unknown, `left` says what remains: inputs,
    neurons, and what was tried. `str(result)` is one line.
    """

    name: str
    claim: str
    kind: Kind
    how: str
    rows: tuple[Mapping[str, PlainValue], ...] = ()
    file: str | None = None
    line: int | None = None
    failure: Diagnostic | None = field(default=None, repr=False)
    left: Remaining | None = field(default=None, repr=False)

    @property
    def holds(self) -> bool:
        """True where it is proved."""
        return self.kind == "proved"

    def record(self) -> ProofRecord:
        """Return its record in reports."""
        rows = tuple(dict(row) for row in self.rows)
        return ProofRecord(
            self.file or "",
            self.line,
            self.name,
            self.claim,
            self.kind,
            self.how,
            rows,
            self.left,
        )

    def outcome(self) -> Outcome:
        """Return it as the result of a test."""
        return Outcome(self.file or "", self.name, self.failure, self.line)

    def __str__(self) -> str:
        return f"{self.kind}: {self.name} ({self.how})"


class ProofSuite:
    """The properties of one network, ready to be proved unless it has `errors`."""

    def __init__(
        self, checked: Checked, *, budget: float = BUDGET, max_bytes: int = MAX_BYTES
    ) -> None:
        self.checked, self.budget, self._max_bytes = checked, budget, max_bytes
        self.others: dict[str, Graph] = {}
        self.errors = list(checked.obstacles)
        if not self.errors:
            self.errors = self._read_others()

    @property
    def network(self) -> Network:
        """The network, as its file declares it."""
        assert self.checked.network is not None
        return self.checked.network

    @property
    def graph(self) -> Graph:
        """The network, its names resolved."""
        assert self.checked.graph is not None
        return self.checked.graph

    def names(self) -> list[str]:
        """Return the names of the properties; one without a name is named after its claim."""
        return [claim.name or claim_words(claim) for claim in self.network.properties]

    def run(self, only: Sequence[str] = ()) -> Iterator[ProofResult]:
        """Prove the properties, or only those of some names or patterns, one after the other.

        If all properties are proved, so are the assumptions of used networks, first.
        """
        if not only:
            yield from self._owed()
        wanted = set(selected(only or ["*"], self.names()))
        for claim, name in zip(self._properties, self.names(), strict=True):
            if name in wanted:
                yield self._result(self._prover.prove(claim), name)

    def allowed_row(self) -> Mapping[str, PlainValue] | None:
        """Return a row that the assumptions allow; None without any, or where no row is known."""
        if not self.network.assume:
            return None
        proof = self._prover.is_possible()
        return proof.rows[0] if proof.kind == "refuted" else None

    def wrong_assumptions(self) -> list[Diagnostic]:
        """Return a diagnostic where it is proved that no row satisfies the assumptions."""
        if not self.network.assume or self._prover.is_possible().kind != "proved":
            return []
        message = "no row satisfies the assumptions, so every property holds whatever is computed"
        hint = "correct `assume`, or the bounds of the inputs"
        finding = Diagnostic("nothing-allowed", message, ("assume",), key=True, help=hint)
        return self._located([finding])

    def lints(self) -> list[Diagnostic]:
        """Return the warnings that need a proof, except those that comments ignore.

        Those of a network that parts use are reported once, at their location in its file.
        """
        linked, budget = self.checked.linked, min(self.budget, _LINT_BUDGET)
        if linked is None:
            return _lints_of(self.network, self.graph, budget)
        networks = [*linked.all()]
        documents: list[Document] = []
        findings = []
        for each in networks:
            graph = self.graph if each is linked else build_graph(each)[0]
            if graph is None:
                continue
            share = budget if each is linked else budget / (len(networks) - 1)
            own = _lints_of(each.network, graph, share)
            findings += [_in_file(finding, each.file) for finding in own]
            if each.document is not None:
                document = each.document
                documents += [document] if isinstance(document, Document) else document.documents
        return without_proved_ignored(located(linked, findings), documents)

    # --------------------------------------------------------------------------- proving

    @cached_property
    def _prover(self) -> Prover:
        return Prover(self.graph, self.others, budget=self.budget)

    @property
    def _properties(self) -> list[GraphClaim]:
        return [claim for claim in self.graph.claims if claim.kind == "properties"]

    def _owed(self) -> Iterator[ProofResult]:
        """Prove the assumptions of used networks, once for all instances."""
        for name, claims in self.owed():
            proofs = []
            for claim in claims:
                proofs.append(self._prover.prove(claim))
                if proofs[-1].kind == "refuted":
                    break
            worst = max(
                proofs, key=lambda proof: ("proved", "unknown", "refuted").index(proof.kind)
            )
            part = worst.claim.instance.rstrip(".")
            yield self._result(worst, name, f"part `{part}`")

    def owed(self) -> Iterator[tuple[str, list[GraphClaim]]]:
        """Yield each assumption of a used network by its name, with its claim for each part."""
        groups: dict[tuple[str | None, int], list[GraphClaim]] = {}
        for claim in self.graph.owed:
            groups.setdefault((claim.origin, claim.place), []).append(claim)
        for (origin, index), claims in groups.items():
            user = shorten(origin or "a used network", 200)
            yield f"{user} assumes {_named(self._declared(origin, index))}", claims

    def _declared(self, origin: str | None, index: int) -> Claim:
        assert self.checked.linked is not None
        linked: Linked = next(
            each
            for each in self.checked.linked.all()
            if each.file == origin and len(each.network.assume) > index
        )
        return linked.network.assume[index]

    def _result(self, proof: Proof, name: str, part: str = "") -> ProofResult:
        claim = proof.claim
        if claim.instance:
            words = claim_words(self._declared(claim.origin, claim.place))
        else:
            words = claim_words(self.network.properties[claim.place])
        failure = None
        if proof.kind != "proved":
            failure = _failure(proof, name, part)
            pictures = tuple(picture_lines(self.graph.inputs, *proof.rows) if proof.rows else ())
            failure = replace(failure, details=(*pictures, *failure.details))
            (failure,) = self._located([failure])
        result = ProofResult(
            name,
            words,
            proof.kind,
            proof.how,
            proof.rows,
            self.checked.file,
            None,
            failure,
            proof.left,
        )
        if self.checked.document.value is None:
            return replace(result, file=None)
        path = ("parts", name_in(claim.instance)) if claim.instance else (claim.kind, claim.place)
        document = self.checked.linked.document if self.checked.linked else None
        index = next(iter((document or self.checked.document).locate([(path, False)])))
        return replace(result, line=index.span.line)

    def _located(self, findings: list[Diagnostic]) -> list[Diagnostic]:
        linked = self.checked.linked
        if linked is None or linked.document is None:
            return findings
        return linked.document.located(findings)

    # -------------------------------------------------------------------- compared networks

    def _read_others(self) -> list[Diagnostic]:
        """Read the networks that properties compare with; return their mistakes."""
        mistakes = []
        for index, claim in enumerate(self.network.properties):
            if isinstance(claim.equal, str) and claim.equal not in self.others:
                graph = self._read(claim.equal, ("properties", index, "equal"))
                if isinstance(graph, Diagnostic):
                    mistakes += self._located([graph])
                else:
                    self.others[claim.equal] = graph
        return mistakes

    def _read(self, name: str, path: tuple[str | int, ...]) -> Graph | Diagnostic:
        at = self.checked.path
        folder = at.parent if at is not None else self.network.folder or Path()
        root = self.checked.root or self.network.root or project_root(at or folder / "network")
        target = resolved_inside(name, folder, root)
        if target is None or not target.is_file():
            message = f"there is no compared file `{shorten(name, 200)}`"
            hint = "write a path relative to this file, to a network inside the project root"
            return Diagnostic("cannot-open", message, path, help=hint)
        try:
            checked = check_file(str(folder / name), root=root, max_bytes=self._max_bytes)
        except FileError as error:
            return replace(error.diagnostics[0], path=path, file=None)
        if checked.graph is None:
            first = next(iter(checked.obstacles))
            message = f"the compared file `{shorten(name, 200)}` is not valid: {first.message}"
            return Diagnostic(
                "bad-claim", message, path, help=f"correct it first: nnc validate {name}"
            )
        return checked.graph


def _lints_of(network: Network, graph: Graph, budget: float) -> list[Diagnostic]:
    """Return the proved warnings about a network, without locations."""
    reported = {(each.rule, each.path) for each in lint(network, graph)}
    return lints(graph, reported, budget=budget)


def _in_file(finding: Diagnostic, file: str | None) -> Diagnostic:
    labels = tuple(label._replace(file=file) for label in finding.labels)
    return replace(finding, file=file, labels=labels)


def _named(claim: Claim) -> str:
    return claim.name or claim_words(claim)


# ------------------------------------------------------------------------------- reporting


def _failure(proof: Proof, name: str, part: str) -> Diagnostic:
    """Return the diagnostic of a property that was not proved."""
    claim = proof.claim
    path = ("parts", name_in(claim.instance)) if claim.instance else (claim.kind, claim.place)
    subject = f"`{shorten(name, 200)}`"
    where = f" for {part}" if part else ""
    if proof.kind == "unknown":
        message = f"{subject} is neither proved nor refuted{where}: {proof.how}"
        hint = f"{_way_out(proof)}, or accept it with --allow-unknown"
        return Diagnostic("property-unknown", message, path, key=bool(part), help=hint)
    message = f"{subject} does not hold{where}: {_what_happens(proof)}"
    hint = "correct the network, or the property"
    if part:
        hint = "see to it where the part is wired, or assume it here, too"
    return Diagnostic(
        "property-refuted", message, path, key=bool(part), help=hint, details=tuple(_lines(proof))
    )


def _way_out(proof: Proof) -> str:
    """Return a hint that may decide an unknown property."""
    left = proof.left
    if left is None:
        return "state it in another way"
    if left.unbounded:
        return "give the inputs bounds, with `min` and `max`"
    if left.budget is not None:
        return f"allow more work with --budget {left.budget}"
    return "allow more work with --budget"


def _what_happens(proof: Proof) -> str:
    """Describe the rows that refute a property, in short."""
    first = proof.rows[0]
    words = ", ".join(f"{name}={show_value(value)}" for name, value in first.items())
    words = shorten(words, 120) if words else "for the only row"
    if len(proof.rows) == 1:
        return words
    if proof.claim.near is not None:
        moved = list(_moved(proof))
        before, after = (shorten(show_value(value), 80) for value in proof.values)
        changes = f"after {counted(len(moved), 'change')}: {shorten(', '.join(moved), 200)}"
        return f"`{proof.claim.about[0].alias}` is {before}, and {after} {changes}"
    changed = ", ".join(f"{name}={show_value(proof.rows[1][name])}" for name in _changed(proof))
    then = f"{words}, then {shorten(changed, 80)}"
    if proof.claim.form != "symmetric":
        return then
    return f"{then}: {shorten(', '.join(_moved_elements(proof)), 80)} change places"


def _moved_elements(proof: Proof) -> Iterator[str]:
    """Yield the inputs, or elements of buses, that are exchanged."""
    for tap in proof.claim.varied:
        name, _, place = tap.alias.partition("(")
        first, second = (row[name] for row in proof.rows)
        if tap.is_bus or place:
            for at in range(tap.width) if tap.is_bus else (int(place[:-1]),):
                if _element(first, at) != _element(second, at):
                    yield f"{name}({at})"
        elif first != second:
            yield name


def _element(value: PlainValue, at: int) -> Number:
    """Return an element of a bus, whose bits may be given as one integer."""
    return value[at] if isinstance(value, list) else cast("int", value) >> at & 1


def _moved(proof: Proof) -> Iterator[str]:
    """Yield the elements that two rows differ in, with the value of the second."""
    first, second = proof.rows
    for name in _changed(proof):
        before, after = first[name], second[name]
        if isinstance(before, list) and isinstance(after, list):
            pairs = enumerate(zip(before, after, strict=True))
            yield from (f"{name}({i})={show_value(b)}" for i, (a, b) in pairs if a != b)
        else:
            yield f"{name}={show_value(after)}"


def _changed(proof: Proof) -> list[str]:
    """Return the inputs that two rows differ in."""
    first, second = proof.rows
    return [name for name, value in second.items() if value != first[name]]


def _lines(proof: Proof) -> Iterator[str]:
    """Yield what the network does for the rows that refute a property."""
    for index, trace in enumerate(proof.traces, 1):
        note = ""
        if index > 1 and proof.rows[1:]:
            changed = ", ".join(
                f"{name} was {show_value(proof.rows[0][name])}" for name in _changed(proof)
            )
            note = shorten(changed, 80)
        lines = replace(trace, row=index).text(note=note).splitlines()
        yield from lines[:_MAX_LINES]
        if lines[_MAX_LINES:]:
            yield f"  … {len(lines) - _MAX_LINES:,} lines more; see nnc eval --trace"


def open_proofs(
    file: str,
    *,
    root: Path | None = None,
    max_bytes: int = MAX_BYTES,
    stdin_filename: str | None = None,
    budget: float = BUDGET,
) -> ProofSuite:
    """Return the properties of a network file. Raises FileError where it cannot be opened."""
    if is_compiled(file):
        message = "the properties of a compiled network are proved in its source"
        hint = "name the file that it was compiled from"
        raise FileError([Diagnostic("bad-compiled", message, file=file, help=hint)])
    checked = check_input(file, stdin_filename, root=root, max_bytes=max_bytes)
    return ProofSuite(checked, budget=budget, max_bytes=max_bytes)


def no_properties(files: Sequence[str]) -> Diagnostic:
    """Return the warning that files have no properties."""
    hint = "write what must always hold under `properties`, as {never: {alarm: 1, bypass: 1}}"
    if len(files) == 1:
        return Diagnostic(
            "no-properties", "the network has no properties", file=files[0], help=hint
        )
    message = f"none of {len(files):,} network files has properties"
    return Diagnostic("no-properties", message, help=hint)


def unknown_properties(patterns: Sequence[str], names: Sequence[str]) -> list[Diagnostic]:
    """Return a diagnostic for each name that no property has."""
    findings = []
    for word in unmatched(patterns, names):
        message = f"no property is called `{shorten(word)}`"
        hint = selecting_help(word, names, "properties")
        findings.append(Diagnostic("unknown-property", message, help=hint))
    return findings


def prove(
    network: Network | str | Path,
    properties: Sequence[str] | str = (),
    *,
    budget: float = BUDGET,
    root: str | Path | None = None,
) -> list[ProofResult]:
    """Prove the properties of a network, or of a network file, for all rows that are allowed.

    Each result has `kind`: `proved`, `refuted` with `rows` that were replayed, or `unknown`; and
    `holds`. The assumptions of used networks are proved, too, and their results come first.
    `properties` are names, or patterns with `*` and `?`, of those that are wanted. `budget` is how
    much work may be done for each, in seconds of one fixed machine, so that results are the same on
    all.

    Raises FileError where a file cannot be opened, and InvalidNetworkError where it has mistakes,
    where no property has a name that is asked for, or where no row satisfies the assumptions. More
    in docs/proving.md.

    >>> import nnc
    >>> results = nnc.prove("configs/voting/two_of_three.nn.yaml")
    >>> {result.kind for result in results}
    {'proved'}
    """
    if isinstance(network, Network):
        suite = ProofSuite(check_built(network), budget=budget)
    else:
        suite = open_proofs(str(network), root=Path(root) if root else None, budget=budget)
    if suite.errors:
        raise InvalidNetworkError(suite.errors)
    wanted = [properties] if isinstance(properties, str) else list(properties)
    if wrong := unknown_properties(wanted, suite.names()) or suite.wrong_assumptions():
        raise InvalidNetworkError(wrong)
    return list(suite.run(wanted))
