"""A file -> Checked: the steps in order, text -> Document -> Network -> Graph -> Plan."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nnc.diagnostics.diagnostic import (
    Diagnostic,
    FileError,
    InvalidNetworkError,
    Label,
    in_file_order,
)
from nnc.exact import shorten
from nnc.files.opening import (
    DISK,
    MAX_BYTES,
    STDIN,
    STDIN_NAME,
    Files,
    as_file_error,
    begins_compiled,
    open_to_read,
    project_root,
    read_bytes,
    reason_of,
)
from nnc.language.document import Document, read_document, wrong_version
from nnc.language.ignores import without_ignored

if TYPE_CHECKING:
    from nnc.compiler.artifact import Compiled, Sources
    from nnc.compiler.graph import Graph
    from nnc.compiler.linking import Linked
    from nnc.compiler.plan import Plan
    from nnc.language.library import Library
    from nnc.language.network import Network
    from nnc.language.overlays import Extended
    from nnc.language.validation import Validated


@dataclass(frozen=True, slots=True)
class Checked:
    """A network file read as far as it goes; `graph` is there where it has no errors.

    `path` is where it lies and `root` the project root, for the files it names; `path` is None
    for a text that lies nowhere. `linked` is the network with all it uses, where there are no
    errors. `digests` has the SHA-256 of every file that was read, and
    `weight_files` are those that were mapped.
    """

    file: str
    document: Document
    network: Network | None
    graph: Graph | None
    diagnostics: list[Diagnostic]
    path: Path | None = None
    root: Path | None = None
    digests: dict[Path, str] = field(default_factory=dict)
    weight_files: tuple[Path, ...] = ()
    linked: Linked | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the network is made of, and those of its cases."""
        named = self.network.cases if self.network is not None and self.path is not None else ()
        folder = self.path.parent if self.path is not None else Path()
        cases = [folder / one.file for one in named if one.file is not None]
        return (*self.digests, *self.weight_files, *cases)

    @property
    def errors(self) -> list[Diagnostic]:
        """The diagnostics that are errors."""
        return [one for one in self.diagnostics if one.is_error]


def check(
    data: bytes,
    file: str,
    *,
    path: Path | None = None,
    root: Path | None = None,
    files: Files = DISK,
) -> Checked:
    """Read and check the bytes of a network file called `file` in messages.

    `path` is where it lies among `files`, and `root` the project root, for the files it names;
    without it, that of `path`, and for a text that lies nowhere the current folder.
    """
    if root is None and path is not None:
        root = project_root(path)
    if begins_compiled(data):
        message = "this is a compiled network, and no text that declares one"
        fix = "name the file as NETWORK of a command, or read what it was compiled from"
        wrong = Diagnostic("bad-compiled", message, file=file, help=fix)
        return Checked(file, Document(file, ""), None, None, [wrong], path, root)
    document = read_document(data, file)
    version = wrong_version(document)
    if version is not None or not document.complete or document.value is None:
        found = (document.located([version]) if version else []) or document.diagnostics
        return Checked(file, document, None, None, in_file_order(found), path, root)
    from nnc.language.library import Library
    from nnc.language.overlays import extend
    from nnc.language.validation import validate

    folder = path.parent if path is not None else Path()
    library = Library(root or Path(), files=files)
    if path is not None:
        library.add_digest(path, hashlib.sha256(data).hexdigest())
    whole = extend(document, folder, library, path)
    valid = validate(whole)
    network, found = valid.network, valid.diagnostics
    graph = linked = None
    if network is not None:
        linked, graph, more = _check_network(valid, network, whole, folder, library, path)
        found = found + more
    documents = (document,) if isinstance(whole, Document) else whole.documents
    found = without_ignored(found, documents)
    if any(one.is_error for one in found):
        network = graph = linked = None
    elif network is not None:
        update: dict[str, Any] = {}
        if network.name is None and not file.startswith("<"):
            update["name"] = _stem(path or Path(file))
        if network.parts or network.layers:
            update |= {"folder": folder, "root": root}
        network = network.model_copy(update=update) if update else network
    ordered = in_file_order(found)
    weights = tuple(library.weight_files)
    digests = library.digests
    return Checked(file, document, network, graph, ordered, path, root, digests, weights, linked)


def _check_network(
    valid: Validated,
    network: Network,
    document: Document | Extended,
    folder: Path,
    library: Library,
    path: Path | None,
) -> tuple[Linked, Graph | None, list[Diagnostic]]:
    """Check names, wiring and cases, and, where there are no errors, look for warnings."""
    from nnc.cases.checking import check_cases
    from nnc.compiler.graph import build_graph
    from nnc.compiler.linking import Linker

    linker = Linker(library)
    at = library.files.resolve(path) if path is not None else None
    linked = linker.link(network, folder, file=document.file, at=at, document=document, valid=valid)
    found = list(linker.found)
    graph, outputs, more = build_graph(linked)
    found += _located(linked, more)
    if found:
        graph = None
    if valid.names_known and valid.states_known:
        unsure = valid.broken | valid.mended | valid.revalued
        home = library.root if path else None
        cases = check_cases(network, outputs, path, home, unsure, library.files)
        found += document.located(cases)
    if graph is not None and not valid.diagnostics and not found:
        from nnc.compiler.lint import lint

        found += document.located(lint(network, graph, document))
    return linked, graph, found


def _located(linked: Linked, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Place diagnostics and their labels, each in the file that it is about."""
    todo = list(diagnostics)
    documents = {one.file: one.document for one in linked.all() if one.document is not None}
    bare = [label for one in todo for label in one.labels if label.span is None]
    placed: dict[Label, Label] = {}
    for file, document in documents.items():
        own = [label for label in bare if label.file == file]
        placed |= zip(own, document.located_labels(own), strict=True)
    for i, one in enumerate(todo):
        if one.labels:
            todo[i] = replace(one, labels=tuple(placed.get(label, label) for label in one.labels))
    result = [one for one in todo if one.file not in documents]
    for file, document in documents.items():
        result += document.located([one for one in todo if one.file == file])
    return result


def check_built(network: Network) -> Checked:
    """Check a network that was built in Python, and is in no file."""
    from nnc.compiler.graph import build_graph
    from nnc.compiler.linking import Linker
    from nnc.language.library import Library

    folder = network.folder or Path()
    linker = Linker(Library(network.root or project_root(folder / "network")))
    linked = linker.link(network, folder)
    graph, _, found = build_graph(linked)
    told = [*linker.found, *_located(linked, found)]
    name = network.name or "network"
    return Checked(name, Document(name, ""), network, graph, told, linked=linked)


def check_file(file: str, *, root: Path | None = None, max_bytes: int = MAX_BYTES) -> Checked:
    """Read and check a network file. Raises FileError where it cannot be opened.

    Standard input counts as a file in the current folder, which is its project root too.
    """
    data = read_bytes(file, max_bytes)
    if file == STDIN:
        return check(data, STDIN_NAME, path=Path(STDIN_NAME), root=root or Path())
    return check(data, file, path=Path(file), root=root)


class Loaded(NamedTuple):
    """What a command evaluates: a plan, what to warn of, and the compiled file it came from.

    `files` are those that it was made of, as far as they are here.
    """

    plan: Plan
    warnings: list[Diagnostic]
    compiled: Compiled | None = None
    files: tuple[Path, ...] = ()

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Tell a failure in the block as the damage of the compiled network, if it is damaged."""
        try:
            yield
        except (ArithmeticError, AssertionError, LookupError, MemoryError, TypeError, ValueError):
            if self.compiled is not None:
                self.compiled.verify()
            raise


def load_plan(file: str, *, root: Path | None, max_bytes: int, verify: bool = False) -> Loaded:
    """Give the plan of a network file, or of a compiled one, which `verify` reads whole and
    compares with what its sources compile to, where they are there and have not changed.

    Raises FileError where it cannot be opened, and InvalidNetworkError where it has mistakes.
    """  # noqa: D205
    if is_compiled(file):
        from nnc.compiler.artifact import load_compiled

        compiled = load_compiled(file, verify=verify)
        warnings = compiled.stale(root)
        if verify and not warnings:
            warnings = _compare(compiled, root, max_bytes)
        found = compiled.sources.found_from(Path(file), root)
        files = (
            () if found is None else tuple(found.folder / name for name, _ in found.sources.files)
        )
        return Loaded(compiled.plan, warnings, compiled, files)
    from nnc.compiler.plan import build_plan

    checked = check_file(file, root=root, max_bytes=max_bytes)
    if checked.graph is None or checked.network is None:
        raise InvalidNetworkError(checked.diagnostics)
    plan = build_plan(checked.graph, checked.network.name or "")
    return Loaded(plan, [], files=checked.files)


def _compare(compiled: Compiled, root: Path | None, max_bytes: int) -> list[Diagnostic]:
    """Compile the sources of a compiled network again, and compare; tell where that cannot be.

    Raises InvalidNetworkError where it is another network.
    """
    from nnc.compiler.plan import build_plan

    main = compiled.sources.main
    found = compiled.sources.found_from(Path(compiled.file), root)
    if main is None:
        return [_not_compared(compiled, "it does not name them", "compile it from a file")]
    if found is None:
        fix = "put it where its sources are, or in a folder below, and validate it there"
        return [_not_compared(compiled, f"`{shorten(main)}` is not there", fix)]
    try:
        checked = check_file(str(found.main), root=found.folder, max_bytes=max_bytes)
    except FileError as error:
        return [_not_compared(compiled, error.diagnostics[0].message, error.diagnostics[0].help)]
    if checked.graph is None or checked.network is None:
        why = f"`{shorten(main)}` has mistakes for this nnc: {checked.errors[0].message}"
        return [_not_compared(compiled, why, f"mend them first: nnc validate {found.shown()}")]
    compiled.compare(build_plan(checked.graph, checked.network.name or ""), sources_of(checked))
    return []


def _not_compared(compiled: Compiled, why: str, fix: str | None) -> Diagnostic:
    message = f"the compiled network fits together, but was not compared with its sources: {why}"
    return Diagnostic("not-compared", message, file=compiled.file, help=fix)


def is_compiled(file: str) -> bool:
    """Tell a compiled network, or another safetensors file, by how it begins.

    One that is not there is none. Raises FileError where the system tells nothing of a file.
    """
    if file == STDIN:
        return False
    with as_file_error(file):
        try:
            mode = Path(file).stat().st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError):  # told where it is read
            return False
    if not stat.S_ISREG(mode):
        return False
    with open_to_read(file) as stream:
        return begins_compiled(stream.read(9))


def sources_of(checked: Checked) -> Sources:
    """Name the files that a network was made of, with their digests. Raises FileError."""
    from nnc.compiler.artifact import Sources
    from nnc.files.weights import sha256_of

    if checked.path is None:
        return Sources()
    digests = dict(checked.digests)
    root = (checked.root or project_root(checked.path)).resolve()
    for file in checked.weight_files:
        try:
            digests[file] = sha256_of(file, root)
        except OSError as error:
            message = f"cannot open the weight file: {reason_of(error)}"
            raise FileError([Diagnostic("cannot-open", message, file=str(file))]) from None
    return Sources.of(checked.path.resolve(), digests, root)


def _stem(file: Path) -> str:
    for suffix in (".nn.yaml", ".nn.yml", ".yaml", ".yml"):
        if file.name.endswith(suffix):
            return file.name.removesuffix(suffix)
    return file.name
