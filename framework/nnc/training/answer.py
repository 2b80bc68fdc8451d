"""A network that leaves numbers of layers open, and rows -> the trained network: `nnc.train`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnc.activity import Activity
from nnc.bundles import bundle_of, line_of, text_of
from nnc.compiler.graph import Graph
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.extras import install_line
from nnc.filling.questions import checked_of
from nnc.language.network import Network
from nnc.numbers.exact import counted
from nnc.opening.cases.confusion import ComparedColumn, Comparison, result_of
from nnc.opening.checking import Checked, check_built, located
from nnc.run.evaluation import evaluate_batch
from nnc.training.blocks import Blocks, blocks_of
from nnc.training.integers import answers, filled
from nnc.training.labels import (
    Target,
    check_rows,
    compared_columns,
    most_common,
    targets_of,
)
from nnc.training.samples import Samples, samples_of
from nnc.training.settings import Method, TrainSettings

if TYPE_CHECKING:
    from nnc.run.tables import Rows

Labels = str | Sequence[str] | Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """How well one output says its label in some rows, and a constant answer beside it."""

    comparison: Comparison
    constant: int | str
    constant_right: int

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.comparison.rows

    @property
    def right(self) -> int:
        """The number of rows that are right."""
        return self.comparison.right


@dataclass(frozen=True, slots=True, repr=False)
class Training:
    """A trained network: what is reported is what nnc's engine gives for every row.

    `train` and `test` say for each label how many rows are right, beside the constant answer of
    most rows to learn from, and what is taken for what. `weights` counts those that were open,
    `zeros` how many of them are 0.
    """

    network: Network
    method: Method
    settings: TrainSettings
    epochs: int
    train: tuple[Judged, ...]
    test: tuple[Judged, ...]
    digest: str
    weights: int
    zeros: int
    versions: Mapping[str, str]
    notes: tuple[Diagnostic, ...] = ()
    is_interrupted: bool = False

    __str__ = text_of
    __repr__ = line_of
    _repr_mimebundle_ = bundle_of


def train(
    network: Network | str | Path,
    rows: Rows,
    label: Labels,
    *,
    test: Rows | float | None = None,
    epochs: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    method: Method | None = None,
) -> Training:
    """Train the numbers that a network, or a file, leaves open, as `nnc train` does."""
    settings = TrainSettings(epochs=epochs, seconds=seconds, seed=seed, method=method)
    checked = checked_of(network)
    question = Question(checked, label)
    train = samples_of(rows, question.plan, question.columns)
    held: Samples | None = None
    if isinstance(test, float):
        train, held = train.split(test, seed)
    elif test is not None:
        held = samples_of(test, question.plan, question.columns)
    with Activity(lambda: question.progress):
        return question.trained(train, held, settings)


class Question:
    """A network to be trained on some labels; `plan` evaluates what does not depend on blanks.

    Raises InvalidNetworkError where it leaves nothing open, or what is not trained.
    """

    def __init__(self, checked: Checked, label: Labels) -> None:
        self.checked = checked
        self.progress = "reading rows"
        self.network, self.graph = self._opened()
        self.plan = build_plan(self.graph)
        taps = {tap.alias: tap for tap in self.plan.outputs}
        self.columns: list[ComparedColumn] = compared_columns(named(label), taps, self._refusal)
        taps = {tap.alias: tap for tap in self.graph.outputs}
        self.targets: list[Target] = targets_of(self.columns, taps, self._refusal)
        self.blocks: Blocks = self._blocks()

    def _refusal(self, message: str, hint: str, path: tuple[str | int, ...] = ()) -> Diagnostic:
        file = self.checked.file if self.checked.path is not None else None
        found = Diagnostic("wrong-usage", message, path, file=file, help=hint)
        if path and self.checked.linked is not None and self.checked.document.value is not None:
            [found] = located(self.checked.linked, [found])
        return found

    def _opened(self) -> tuple[Network, Graph]:
        checked = self.checked
        if checked.network is None or checked.wiring is None:
            message = "no number is left open, so that there is nothing to train"
            hint = "write `weights: _` and `thresholds: _` in the layers that rows are to decide"
            raise InvalidNetworkError(checked.errors or [self._refusal(message, hint)])
        unknown = checked.network.unknown
        for blank in checked.network.open:
            name = str(blank.path[1])
            if blank.kind == "size":
                message = f"the size of layer `{name}` is open, and training does not decide it"
                hint = "write the size; nnc solve finds the smallest one from cases"
                raise InvalidNetworkError([self._refusal(message, hint, blank.path)])
            if blank.path[0] != "layers":
                message = f"numbers of neuron `{name}` are open, and only layers are trained"
                hint = "write it as a layer of size 1; nnc solve finds numbers from cases"
                raise InvalidNetworkError([self._refusal(message, hint, blank.path)])
        if unknown is not None and unknown.terms is not None:
            message = "`terms` limits the weights of neurons that nnc solve fills"
            raise InvalidNetworkError([self._refusal(message, "remove it", ("unknown", "terms"))])
        return checked.network, checked.wiring

    def _blocks(self) -> Blocks:
        wanted = [signal for target in self.targets for signal in target.signals]
        blocks = blocks_of(self.network, self.graph, wanted)
        trained = {block.path[:2] for block in blocks.blocks}
        left = next((b for b in self.network.open if b.path[:2] not in trained), None)
        if left is not None:
            message = f"no label depends on layer `{left.path[1]}`, whose numbers are open"
            hint = "label an output that it decides, or write its numbers"
            raise InvalidNetworkError([self._refusal(message, hint, left.path)])
        return blocks

    def trained(self, train: Samples, test: Samples | None, settings: TrainSettings) -> Training:
        """Train on rows, and evaluate the network for every row; another answer is a bug."""
        learn = learner()
        check_rows(self.targets, train)
        codes = [t.codes(e, train.file) for t, e in zip(self.targets, train.expected, strict=True)]
        if test is not None:
            for target, wanted in zip(self.targets, test.expected, strict=True):
                target.codes(wanted, test.file)
        unknown = self.network.unknown
        values = self.blocks.values(self.plan, train.batch)
        constants = [most_common(values) for values in train.expected]
        constant = sum(
            all(v == c for v, c in zip(row, constants, strict=True))
            for row in zip(*train.expected, strict=True)
        )
        learned = learn(
            self.blocks, self.targets, values, codes, settings,
            zero=unknown is None or unknown.zero is not False, constant=constant, tick=self._tick,
        )  # fmt: skip
        network = filled(self.network, self.blocks, learned.numbers)
        judged = [
            self._judged(network, samples, learned.numbers, constants)
            for samples in (train, test)
            if samples is not None
        ]
        opened = [
            number
            for block, numbers in zip(self.blocks.blocks, learned.numbers, strict=True)
            for number in [numbers.weights[block.is_open]]
        ]
        return Training(
            network=network,
            method="gradient",
            settings=settings,
            epochs=learned.epochs,
            train=judged[0],
            test=judged[1] if test is not None else (),
            digest=train.digest,
            weights=sum(len(each) for each in opened),
            zeros=sum(int((each == 0).sum()) for each in opened),
            versions=learned.versions,
            notes=(),
            is_interrupted=learned.is_interrupted,
        )

    def _tick(self, text: str) -> None:
        self.progress = text

    def _judged(
        self, network: Network, samples: Samples, numbers: Sequence[Any], constants: Sequence[Any]
    ) -> tuple[Judged, ...]:
        """Evaluate a network with nnc's engine, and compare it with what was trained."""
        self.progress = f"evaluating {counted(samples.batch.count, 'row')}"
        built = check_built(network.model_copy(update={"cases": ()}))
        assert built.graph is not None, [str(each) for each in built.diagnostics]
        results = evaluate_batch(build_plan(built.graph), samples.batch)
        values = self.blocks.values(self.plan, samples.batch)
        found = answers(self.blocks, numbers, values, self.targets)
        judged = []
        for target, own, wanted, constant in zip(
            self.targets, found, samples.expected, constants, strict=True
        ):
            got = result_of(results, target.output, target.tap).values()
            if list(got) != target.decoded(own):
                raise AssertionError("nnc's engine gives other answers than the training")
            comparison = Comparison(target.column, target.output, values=target.tap.labels)
            comparison.add(0, wanted, got)
            judged.append(Judged(comparison, constant, sum(v == constant for v in wanted)))
        return tuple(judged)


def named(label: Labels) -> dict[str, str | None]:
    """Return the output that is named for each label, None where none is."""
    if isinstance(label, Mapping):
        return dict(label)
    return {label: None} if isinstance(label, str) else dict.fromkeys(label)


def learner() -> Callable[..., Any]:
    """Return the function that trains. Raises InvalidNetworkError where PyTorch is missing."""
    try:
        from nnc.training.learning import learn
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        message = "training layers needs PyTorch, which is not installed"
        hint = f"install it: {install_line('train')}"
        raise InvalidNetworkError([Diagnostic("wrong-usage", message, help=hint)]) from None
    return learn
