"""Check a network file, step by step: text -> Document -> Network -> Graph -> Plan."""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnc.compiler.blanks import note_of, refusal_of
from nnc.compiler.graph import build_graph
from nnc.compiler.linking import Linker, NetworkFile
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    FileError,
    InvalidNetworkError,
    Label,
    in_file_order,
)
from nnc.files.opening import (
    DISK,
    MAX_BYTES,
    STDIN,
    STDIN_NAME,
    Files,
    Unsaved,
    begins_compiled,
    project_root,
    read_bytes,
    reason_of,
)
from nnc.files.other_tools import way_to_import
from nnc.files.weights import sha256_of
from nnc.language.document.reader import read_document, wrong_version
from nnc.language.document.text import Document
from nnc.language.fixes import with_fixes
from nnc.language.library import Library
from nnc.language.mistakes import without_ignored
from nnc.language.network import Network
from nnc.language.overlays import extend
from nnc.language.validation import validate
from nnc.numbers.exact import counted, kind_of
from nnc.opening.cases.checking import check_cases, check_compared
from nnc.printable import line

if TYPE_CHECKING:
    from nnc.compiler.artifact import Provenance
    from nnc.compiler.graph import Graph
    from nnc.compiler.linking import Linked
    from nnc.compiler.plan import Plan
    from nnc.language.overlays import Extended
    from nnc.language.validation import Validated


LARGE_TEXT = 1 << 16  # bytes


@dataclass(frozen=True, slots=True, repr=False)
class Checked:
    """A network file, read as far as its mistakes allow.

    `linked` is the network with everything it uses, and `wiring` its graph, with 0 for each number
    that is left open; both are None if there are errors. Mistakes in cases are in `case_errors`,
    not in `errors`, and do not prevent this. `path` and `root`, the project root for the files it
    names, are None for a text that is not in a file. `digests` has the SHA-256 of every file that
    was read, and `weight_files` the files that were mapped.
    """

    file: str
    document: Document
    network: Network | None
    diagnostics: list[Diagnostic]
    linked: Linked | None = None
    wiring: Graph | None = None
    path: Path | None = None
    root: Path | None = None
    digests: dict[Path, str] = field(default_factory=dict)
    weight_files: tuple[Path, ...] = ()

    @property
    def is_open(self) -> bool:
        """True if the network has no errors, but leaves numbers open."""
        return self.linked is not None and bool(self.linked.blanks)

    @property
    def graph(self) -> Graph | None:
        """The graph of the network, or None if it has errors or leaves numbers open."""
        return None if self.is_open else self.wiring

    def __repr__(self) -> str:
        kinds = Counter(diagnostic.about.severity for diagnostic in self.diagnostics)
        counts = ", ".join(counted(count, kind) for kind, count in kinds.items())
        return f"<Checked {line(self.file)}: {counts or 'no problems'}>"

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the network consists of, and its case files."""
        named = self.network.cases if self.network is not None and self.path is not None else ()
        folder = self.path.parent if self.path is not None else Path()
        cases = [folder / case.file for case in named if case.file is not None]
        return (*self.digests, *self.weight_files, *cases)

    @property
    def errors(self) -> list[Diagnostic]:
        """The errors that make the network unusable."""
        errors = [diagnostic for diagnostic in self.diagnostics if diagnostic.is_error]
        if self.network is None:
            return errors
        return [error for error in errors if not _is_of_case(error)]

    @property
    def case_errors(self) -> list[Diagnostic]:
        """The mistakes in the cases of a usable network."""
        return [] if self.network is None else list(filter(_is_of_case, self.diagnostics))

    @property
    def obstacles(self) -> list[Diagnostic]:
        """The reasons why the network cannot be evaluated: its errors, or numbers left open."""
        if self.linked is None or not self.is_open:
            return self.errors
        refusal = refusal_of(self.linked)
        return located(self.linked, [replace(refusal, file=self.linked.file)])


@contextmanager
def paused_collector(size: int) -> Iterator[None]:
    """Pause the garbage collector while a large text of `size` bytes is read.

    It would scan millions of new objects repeatedly, though none are in reference cycles. Small
    texts, which a server may read constantly, leave it alone because it is shared by all threads.
    If two threads read large texts, the first one to finish switches it on again.
    """
    if size <= LARGE_TEXT or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def check(
    data: bytes,
    file: str,
    *,
    path: Path | None = None,
    root: Path | None = None,
    files: Files = DISK,
    with_notes: bool = True,
) -> Checked:
    """Read and check the bytes of a network file, called `file` in messages.

    `path` is its location in `files`, and `root` the project root for the files it names, by
    default that of `path`, or the current folder without one. `with_notes` also warns of what is
    valid but probably not intended.
    """
    if root is None and path is not None:
        root = project_root(path)
    if begins_compiled(data):
        return Checked(file, Document(file, ""), None, [_compiled(file)], path=path, root=root)
    with paused_collector(len(data)):
        document = read_document(data, file)
        mistakes = _unreadable(document)
        if mistakes is not None or not isinstance(document.value, dict):
            mistakes = _of_other_tool(data, file) or mistakes
        checked = Checked(file, document, None, mistakes or [], path=path, root=root)
        if mistakes is not None:
            return checked
        library = Library(root or Path(), files=files)
        if path is not None:
            library.add_digest(path, hashlib.sha256(data).hexdigest())
        return _check_document(checked, library, with_notes=with_notes)


def _check_document(checked: Checked, library: Library, *, with_notes: bool) -> Checked:
    """Check a document that could be parsed, and the files it uses."""
    path, document = checked.path, checked.document
    whole: Document | Extended = document
    if isinstance(document.value, dict) and "extends" in document.value:
        whole = extend(document, path.parent if path is not None else Path(), library, path)
    valid = validate(whole)
    network, diagnostics = valid.network, valid.diagnostics
    of_cases: list[Diagnostic] = []
    linked = wiring = None
    if network is not None:
        linked, wiring, more, of_cases = _check_network(valid, network, whole, library, path)
        diagnostics = diagnostics + more
        if with_notes and wiring is not None and not (diagnostics or of_cases):
            diagnostics = _notes_of(linked, wiring, whole)
    documents = (document,) if isinstance(whole, Document) else whole.documents
    if any(diagnostic.is_error for diagnostic in diagnostics):
        network = linked = wiring = None
    elif network is not None:
        network = _with_origin(network, checked.file, path, checked.root)
    diagnostics = without_ignored([*diagnostics, *of_cases], documents)
    return replace(
        checked,
        network=network,
        diagnostics=_with_fixes(_one_for_a_name(in_file_order(diagnostics)), document),
        linked=linked,
        wiring=wiring,
        digests=library.digests,
        weight_files=tuple(library.weight_files),
    )


def _is_of_case(diagnostic: Diagnostic) -> bool:
    return diagnostic.is_error and diagnostic.path[:1] == ("cases",)


def _with_fixes(diagnostics: list[Diagnostic], document: Document) -> list[Diagnostic]:
    """Add suggested edits to diagnostics."""
    if not diagnostics:
        return diagnostics
    return with_fixes(diagnostics, document)


def _one_for_a_name(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Keep one `name-not-nfc` diagnostic per name, because its edit changes all occurrences."""
    seen: set[tuple[str | None, str | None]] = set()
    kept = []
    for diagnostic in diagnostics:
        key = (diagnostic.file, diagnostic.help)
        if diagnostic.rule != "name-not-nfc" or key not in seen:
            kept.append(diagnostic)
        if diagnostic.rule == "name-not-nfc":
            seen.add(key)
    return kept


def _compiled(file: str) -> Diagnostic:
    """Return the error that a network file is needed, not a compiled network."""
    message = "this is a compiled network, not a network file"
    hint = "name what it was compiled from, or read it by its name with nnc eval or nnc test"
    return Diagnostic("bad-compiled", message, file=file, help=hint)


def _unreadable(document: Document) -> list[Diagnostic] | None:
    """Return the diagnostics that rule out reading a document further, or None."""
    wrong = wrong_version(document)
    if not wrong and document.complete and document.value is not None:
        return None
    return in_file_order(_with_fixes(wrong or document.diagnostics, document))


def _of_other_tool(data: bytes, file: str) -> list[Diagnostic]:
    """Return a diagnostic if another tool wrote the file, or an empty list."""
    if Path(file).suffix.lower() in (".yaml", ".yml"):
        return []
    other = way_to_import(file, data)
    if other is None:
        return []
    words, hint = other
    return [Diagnostic("wrong-type", f"this is {words}, not a network", help=hint, file=file)]


def _with_origin(network: Network, file: str, path: Path | None, root: Path | None) -> Network:
    """Return a network with its default name and the folder of the files it uses."""
    update: dict[str, object] = {}
    if network.name is None and not file.startswith("<"):
        update["name"] = _stem(path or Path(file))
    names_files = any(case.file is not None for case in network.cases)
    if network.parts or network.layers or names_files:
        update |= {"folder": path.parent if path is not None else Path(), "root": root}
    return network.model_copy(update=update) if update else network


def _check_network(
    valid: Validated,
    network: Network,
    document: Document | Extended,
    library: Library,
    path: Path | None,
) -> tuple[Linked, Graph | None, list[Diagnostic], list[Diagnostic]]:
    """Check names and wiring; return the mistakes in cases separately."""
    linker = Linker(library)
    at = library.files.resolve(path) if path is not None else None
    folder = path.parent if path is not None else Path()
    linked = linker.link(network, folder, NetworkFile(document.file, at, document, valid))
    diagnostics = list(linker.diagnostics)
    graph, outputs, of_graph = build_graph(linked)
    diagnostics += located(linked, of_graph)
    if diagnostics:
        graph = None
    of_cases, of_rows = list[Diagnostic](), list[Diagnostic]()
    if valid.names_known and valid.states_known and (network.cases or network.properties):
        unsure = valid.broken | valid.fixed | valid.revalued
        home = library.root if path else None
        compared = check_compared(network, path, home, library.files)
        diagnostics += document.located(compared)
        wrong = check_cases(network, outputs, path, home, unsure, library.files)
        starts = {claim.case for claim in network.properties if claim.case is not None}
        for diagnostic in wrong:
            case = network.cases[int(diagnostic.path[1])] if _is_of_case(diagnostic) else None
            if case is not None and (case.name not in starts or "given" not in diagnostic.path):
                of_cases.append(diagnostic)
            else:  # a property without its row would mean something else
                of_rows.append(diagnostic)
        if of_rows:
            diagnostics += document.located(of_rows)
            graph = None
    return linked, graph, diagnostics, document.located(of_cases)


def _notes_of(linked: Linked, graph: Graph, document: Document | Extended) -> list[Diagnostic]:
    """Return the warnings for a network without errors."""
    from nnc.compiler.lint import lint

    notes = lint(linked.network, graph, linked.blanks)
    if linked.blanks:
        notes.append(note_of(linked))
    return document.located(notes)


def located(linked: Linked, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Add locations in their files to diagnostics and labels."""
    diagnostics = list(diagnostics)
    documents = {part.file: part.document for part in linked.all() if part.document is not None}
    bare = [
        label for diagnostic in diagnostics for label in diagnostic.labels if label.span is None
    ]
    placed: dict[Label, Label] = {}
    for file, document in documents.items():
        own = [label for label in bare if label.file == file]
        placed |= zip(own, document.located_labels(own), strict=True)
    for i, each in enumerate(diagnostics):
        if each.labels:
            labels = tuple(placed.get(label, label) for label in each.labels)
            diagnostics[i] = replace(each, labels=labels)
    everything = [diagnostic for diagnostic in diagnostics if diagnostic.file not in documents]
    for file, document in documents.items():
        everything += document.located(
            [diagnostic for diagnostic in diagnostics if diagnostic.file == file]
        )
    return everything


def check_built(network: Network) -> Checked:
    """Check a network that was built in Python.

    Raises InvalidNetworkError if it has another type.
    """
    if not isinstance(network, Network):
        message = f"expected a network, found {kind_of(network)}"
        hint = "load one from a file with nnc.load, or build an nnc.Network"
        raise InvalidNetworkError([Diagnostic("wrong-type", message, help=hint)])
    folder = network.folder or Path()
    linker = Linker(Library(network.root or project_root(folder / "network")))
    linked = linker.link(network, folder)
    graph, _, of_graph = build_graph(linked)
    diagnostics = [*linker.diagnostics, *located(linked, of_graph)]
    name = network.name or "network"
    return Checked(name, Document(name, ""), network, diagnostics, linked, graph)


def check_valid(network: Network, *, may_be_open: bool = False) -> Checked:
    """Check a network built in Python and everything it uses.

    Raises InvalidNetworkError if it has mistakes, or leaves numbers open and not `may_be_open`.
    """
    checked = check_built(network)
    if checked.diagnostics or (checked.graph is None and not may_be_open):
        raise InvalidNetworkError(checked.diagnostics or checked.obstacles)
    return checked


def plan_of(network: Network | Plan) -> Plan:
    """Return a plan unchanged, or compile a network. Raises InvalidNetworkError."""
    from nnc.compiler.plan import Plan, build_plan

    if isinstance(network, Plan):
        return network
    checked = check_valid(network)
    assert checked.graph is not None
    return build_plan(checked.graph, checked.file)


def check_file(file: str, *, root: Path | None = None, max_bytes: int = MAX_BYTES) -> Checked:
    """Check a network file and return all its mistakes and warnings.

    `diagnostics` has every mistake and warning, in the order of their positions; `network` is None
    if there are errors other than in its cases. `-` is standard input, treated as a file in the
    current folder, which is then the project root. For other files `root` is by default the nearest
    parent folder with `.git`, or else the file's folder. A file of more than `max_bytes` is
    rejected.

    Raises FileError only if the file cannot be opened. See docs/python.md, "Check";
    docs/diagnostics.md describes every rule.

    >>> import nnc
    >>> checked = nnc.check_file("tests/invalid/NNC301-weight.nn.yaml")
    >>> checked.network, [diagnostic.rule for diagnostic in checked.diagnostics]
    (None, ['unknown-source'])
    """
    return check_input(file, None, root=root, max_bytes=max_bytes)


def check_input(
    file: str,
    stdin_filename: str | None,
    *,
    root: Path | None = None,
    max_bytes: int = MAX_BYTES,
    with_notes: bool = True,
) -> Checked:
    """Check a network as `check_file` does; `stdin_filename` names standard input."""
    data = read_bytes(file, max_bytes)
    name = file
    if file == STDIN:
        name = stdin_filename or STDIN_NAME
        root = root if stdin_filename else root or Path()
    own = Path(name)
    is_piped = file == STDIN and stdin_filename is not None
    return check(
        data,
        name,
        path=own,
        root=root,
        files=Unsaved({own.resolve(): data}) if is_piped else DISK,
        with_notes=with_notes,
    )


def sources_of(checked: Checked) -> Provenance:
    """Return the names and digests of the files that a network consists of. Raises FileError."""
    from nnc.compiler.artifact import Provenance

    if checked.path is None:
        return Provenance()
    digests = dict(checked.digests)
    root = (checked.root or project_root(checked.path)).resolve()
    for file in checked.weight_files:
        try:
            digests[file] = sha256_of(file, root)
        except OSError as error:
            message = f"cannot open the weight file: {reason_of(error)}"
            raise FileError([Diagnostic("cannot-open", message, file=str(file))]) from None
    return Provenance.of(checked.path.resolve(), digests, root)


def _stem(file: Path) -> str:
    for suffix in (".nn.yaml", ".nn.yml", ".yaml", ".yml"):
        if file.name.endswith(suffix):
            return file.name.removesuffix(suffix)
    return file.name
