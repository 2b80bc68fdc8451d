"""An open network and labelled rows -> the trained network: `nnc.train`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from nnc.activity import Activity
from nnc.bundles import bundle_of, line_of, text_of
from nnc.compiler.blanks import format_blank
from nnc.compiler.graph import Graph
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, InvalidRowsError
from nnc.extras import install_line
from nnc.filling.questions import checked_of, replay_cases
from nnc.language.network import Network
from nnc.lazy import np
from nnc.numbers.exact import counted, names_and_more
from nnc.numbers.integers import Array
from nnc.opening.cases.confusion import ComparedColumn, Comparison, Value, result_of
from nnc.opening.cases.running import run_cases
from nnc.opening.checking import Checked, check_built, located
from nnc.run.evaluation import evaluate_batch
from nnc.scores.neuron import LEAST_LOSS, Decided, Goal, NeuronSettings, Proof, decide
from nnc.training.blocks import Blocks, blocks_of
from nnc.training.integers import Numbers, filled
from nnc.training.labels import (
    Target,
    check_rows,
    compared_columns,
    most_common,
    targets_of,
)
from nnc.training.samples import Samples, samples_of
from nnc.training.settings import (
    AUGMENT,
    Augmentation,
    Device,
    Method,
    TrainSettings,
)

if TYPE_CHECKING:
    from nnc.run.tables import Rows

CHECKED_ROWS = 10_000  # rows that compare integer networks during a training
MAX_VALUE = 1e12  # squares of sums of many such numbers are floats of 32 bits
DECIDING_SECONDS = 60.0  # for one neuron, where no other time is given
Labels = str | Sequence[str] | Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """The comparison of an output with its label on some rows, beside a constant answer."""

    comparison: Comparison
    constant: Value
    constant_right: int

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.comparison.rows

    @property
    def right(self) -> int:
        """The number of rows with the right answer."""
        return self.comparison.right


@dataclass(frozen=True, slots=True, repr=False)
class Training:
    """A trained network, with results that nnc's engine computed for every row.

    `train` and `test` say for each label how many rows are right, beside the constant answer of
    most rows to learn from, and what is taken for what. `weights` counts those that were open,
    `zeros` how many of them are 0. `proof` is of the numbers of one neuron. `checkpoint` is what a
    training by gradients that ended before its epochs needs to go on.
    """

    network: Network
    method: Method
    settings: TrainSettings
    train: tuple[Judged, ...]
    test: tuple[Judged, ...]
    digest: str
    weights: int
    zeros: int
    epochs: int = 0
    proof: Proof | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Diagnostic, ...] = ()
    is_interrupted: bool = False
    checkpoint: Mapping[str, Array] | None = None

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
    goal: Goal | None = None,
    device: Device = "cpu",
    augment: Iterable[Augmentation] = AUGMENT,
    resume: Training | None = None,
) -> Training:
    """Train the numbers that a network, or a file, leaves open, as `nnc train` does.

    `rows` have names: a mapping of columns, a list of mappings or a frame; `label` is the column to
    predict, several of them, or a mapping of columns to their outputs. `test` are other rows, or a
    share of these, drawn by `seed`. Layers are trained by gradients, each row `epochs` times, for
    at most `seconds`, on a `device`; one that was ended goes on with `resume`. At each visit
    rows are changed as `augment` says: some of "noise", "shift" and "mirror", the last two for
    pictures. One neuron is decided exactly, for a `goal`.

    The result has `network`; `train` and `test`, for each label how many rows are right beside a
    constant answer; and the `proof` of one neuron. All rows were evaluated by nnc.

    >>> import nnc
    >>> rows = {"age": [70, 66, 30, 45], "sick": [1, 1, 0, 0]}
    >>> open_limit = "neurons: {sick: {weights: {age: 1}, threshold: _}}"
    >>> network = nnc.loads(f"{{nnc: 1, inputs: {{age: integer}}, {open_limit}, outputs: [sick]}}")
    >>> trained = nnc.train(network, rows, "sick")
    >>> trained.proof.status, trained.train[0].comparison.right
    ('proved', 4)

    Raises InvalidNetworkError where nothing is open that rows decide, an output is not trained or
    PyTorch is missing, and InvalidRowsError for rows and labels that mean nothing to the network.
    More in docs/commands.md, under "nnc train".
    """
    settings = TrainSettings(
        epochs=epochs, seconds=seconds, seed=seed, method=method, goal=goal or LEAST_LOSS,
        device=device, augment=tuple(augment),
    )  # fmt: skip
    question = Question(checked_of(network), label)
    train = samples_of(rows, question.plan, question.columns)
    tested: Samples | None = None
    if isinstance(test, float):
        train, tested = train.split(test, seed)
    elif test is not None:
        tested = samples_of(test, question.plan, question.columns)
    checkpoint = None if resume is None else resume.checkpoint
    with Activity(lambda: question.progress):
        return question.trained(train, tested, settings, checkpoint)


class Question:
    """An open network with the labels to train it on.

    `plan` evaluates the signals that do not depend on open numbers.

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
        self.is_neuron = {blank.path[0] for blank in self.network.open} == {"neurons"}
        self.blocks: Blocks = self._blocks()
        self._check_neuron() if self.is_neuron else self._check_layers()

    def _refusal(self, message: str, hint: str, path: tuple[str | int, ...] = ()) -> Diagnostic:
        file = self.checked.file if self.checked.path is not None else None
        mistake = Diagnostic("wrong-usage", message, path, file=file, help=hint)
        if path and self.checked.linked is not None and self.checked.document.value is not None:
            [mistake] = located(self.checked.linked, [mistake])
        return mistake

    def _opened(self) -> tuple[Network, Graph]:
        checked = self.checked
        if checked.network is None or checked.wiring is None or not checked.network.open:
            message = "no number is left open, so that there is nothing to train"
            hint = "write `weights: _` and `thresholds: _` in the layers that rows are to decide"
            raise InvalidNetworkError(checked.errors or [self._refusal(message, hint)])
        size = next((blank for blank in checked.network.open if blank.kind == "size"), None)
        if size is not None:
            message = f"the size of layer `{size.path[1]}` is open, and training does not decide it"
            hint = "write the size; nnc solve finds the smallest one from cases"
            raise InvalidNetworkError([self._refusal(message, hint, size.path)])
        return checked.network, checked.wiring

    def _blocks(self) -> Blocks:
        wanted = [signal for target in self.targets for signal in target.signals]
        blocks = blocks_of(self.network, self.graph, wanted)
        trained = {block.path[:2] for block in blocks.blocks}
        left = next((b for b in self.network.open if b.path[:2] not in trained), None)
        if left is not None:
            message = f"no label depends on `{left.path[1]}`, whose numbers are open"
            hint = "label an output that it decides, or write its numbers"
            raise InvalidNetworkError([self._refusal(message, hint, left.path)])
        return blocks

    def _check_neuron(self) -> None:
        """Raise InvalidNetworkError unless all open numbers belong to one neuron, the output."""
        first = self.network.open[0]
        names = {blank.path[1] for blank in self.network.open}
        target, block = self.targets[0], self.blocks.blocks[-1]
        counts = {len(names), len(self.targets), len(self.blocks.blocks), len(block.strict)}
        if counts == {1} and not target.is_class:
            return
        message = f"numbers of neuron `{first.path[1]}` are open: training decides one neuron that "
        message += "is an output, with one threshold, or layers"
        hint = "write the neurons as layers; nnc solve finds numbers from cases"
        raise InvalidNetworkError([self._refusal(message, hint, first.path)])

    def _check_layers(self) -> None:
        """Raise InvalidNetworkError if numbers outside of layers are open."""
        unknown = self.network.unknown
        empty = next((each for each in self.blocks.blocks if not len(each.columns)), None)
        if empty is not None:
            message = f"`{empty.name}` reads nothing, and its numbers are open"
            raise InvalidNetworkError([self._refusal(message, "wire it to inputs", empty.path)])
        other = next((blank for blank in self.network.open if blank.path[0] != "layers"), None)
        if other is not None:
            message = f"numbers of neuron `{other.path[1]}` are open beside those of layers"
            hint = "write it as a layer of size 1; nnc solve finds numbers from cases"
            raise InvalidNetworkError([self._refusal(message, hint, other.path)])
        if unknown is not None and unknown.terms is not None:
            message = "`terms` limits the weights of single neurons, and layers are trained"
            raise InvalidNetworkError([self._refusal(message, "remove it", ("unknown", "terms"))])

    def trained(
        self,
        train: Samples,
        test: Samples | None,
        settings: TrainSettings,
        checkpoint: Mapping[str, Array] | None = None,
    ) -> Training:
        """Train on rows, and evaluate the network for every row; a difference is a bug.

        A `checkpoint` of the same network and rows goes on.

        Raises InvalidNetworkError for a method that does not go with what is open.
        """
        method: Method = "exact" if self.is_neuron else "gradient"
        if settings.method not in (None, method):
            message = "gradients train layers, and one neuron is decided exactly"
            if method == "gradient":
                message = "one neuron is decided exactly, and layers are trained by gradients"
            raise InvalidNetworkError([self._refusal(message, f"give --method {method}")])
        check_rows(self.targets, train)
        for samples in (train, test):
            if samples is not None:
                self._codes(samples)
        if self.is_neuron:
            training = self._decided(train, test, settings)
        else:
            training = self._learned(train, test, settings, checkpoint)
        return replace(training, notes=(*training.notes, *self._warnings(training)))

    def _codes(self, samples: Samples) -> list[Array]:
        pairs = zip(self.targets, samples.expected, strict=True)
        return [target.codes(wanted, samples.file) for target, wanted in pairs]

    def _decided(self, train: Samples, test: Samples | None, settings: TrainSettings) -> Training:
        """Decide the numbers of one neuron."""
        tap = self.targets[0].tap
        on_value = tap.zero_and_one(0)[1]
        decided = decide(
            self.checked,
            tap,
            next(train.batches(train.count)),
            [value == on_value for value in train.expected[0]],
            NeuronSettings(goal=settings.goal, seconds=settings.seconds or DECIDING_SECONDS),
            lambda done, of: self._tick(f"{100 * done / max(of, 1):.1f} % of the choices bounded"),
        )
        network = self.network.filled(decided.values)
        replay_cases(self.checked, network, decided.cases)
        constants = [most_common(values) for values in train.expected]
        weights = [value for path, value in decided.values.items() if path[2] == "weights"]
        return Training(
            network=network,
            method="exact",
            settings=settings,
            train=self._judged(network, train, constants),
            test=() if test is None else self._judged(network, test, constants),
            digest=train.digest,
            weights=len(weights),
            zeros=weights.count(0),
            proof=decided.proof,
            notes=self._undecided(decided),
            is_interrupted=decided.proof.is_interrupted,
        )

    def _undecided(self, decided: Decided) -> tuple[Diagnostic, ...]:
        """Return a note that names the open numbers which no row and no case determines."""
        if not decided.undecided:
            return ()
        names = [f"{format_blank(path)}" for path in decided.undecided]
        message = f"no row decides {names_and_more(names)}"
        hint = "write the number, or give rows in which its source is not 0"
        return (Diagnostic("undecided-number", message, file=self.checked.file, help=hint),)

    def _learned(
        self,
        train: Samples,
        test: Samples | None,
        settings: TrainSettings,
        checkpoint: Mapping[str, Array] | None,
    ) -> Training:
        """Train layers by gradients."""
        unknown = self.network.unknown
        constants = [most_common(values) for values in train.expected]
        constant = sum(
            all(v == c for v, c in zip(row, constants, strict=True))
            for row in zip(*train.expected, strict=True)
        )
        checked = train.every(-(-train.count // CHECKED_ROWS))
        learning = learner()
        values = self.blocks.values(self.plan, train.batches())
        largest = max(abs(float(values.min(initial=0))), float(values.max(initial=0)))
        if largest > MAX_VALUE:
            message = f"the rows have numbers up to {largest:.0e}; layers learn from numbers up to "
            hint = "give them in a larger unit, such as millions"
            mistake = Diagnostic("bad-value", f"{message}{MAX_VALUE:.0e}", help=hint)
            raise InvalidRowsError([replace(mistake, file=train.file)])
        lesson = learning.Lesson(
            blocks=self.blocks,
            targets=self.targets,
            values=values,
            codes=self._codes(train),
            zero=unknown is None or unknown.zero is not False,
            constant=constant,
            checked=checked.count,
            right=partial(self._right, checked),
        )
        learned = learning.learn(lesson, settings, self._tick, checkpoint)
        network = filled(self.network, self.blocks, learned.numbers)
        pairs = zip(self.blocks.blocks, learned.numbers, strict=True)
        weights = zeros = 0
        for block, numbers in pairs:
            weights += int(np.count_nonzero(block.is_open))
            zeros += int(np.count_nonzero(block.is_open & (numbers.weights == 0)))
        return Training(
            network=network,
            method="gradient",
            settings=settings,
            epochs=learned.epochs,
            train=self._judged(network, train, constants),
            test=() if test is None else self._judged(network, test, constants),
            digest=train.digest,
            weights=weights,
            zeros=zeros,
            versions=learned.versions,
            notes=self._failing_cases(network),
            is_interrupted=learned.is_interrupted,
            checkpoint=learned.checkpoint,
        )

    def _failing_cases(self, network: Network) -> tuple[Diagnostic, ...]:
        """Return a warning if cases of the file fail, since gradients do not use cases."""
        if not network.cases:
            return ()
        plan = build_plan(self._built(network))
        path = self.checked.path or (network.folder / "network" if network.folder else None)
        rows = list(run_cases(network, plan, path, self.checked.root or network.root))
        wrong = sum(isinstance(row, Diagnostic) or bool(row.wrong) for row in rows)
        if not wrong:
            return ()
        verb = "does" if wrong == 1 else "do"
        message = f"{wrong:,} of {counted(len(rows), 'case')} of the network {verb} not hold"
        hint = "add the cases to the rows, or correct them: nnc test shows them"
        return (Diagnostic("case-failed", message, file=self.checked.file, help=hint),)

    def _built(self, network: Network) -> Graph:
        built = check_built(network.model_copy(update={"cases": ()}))
        assert built.graph is not None, [str(each) for each in built.diagnostics]
        return built.graph

    def _warnings(self, training: Training) -> Iterator[Diagnostic]:
        """Yield a warning for each output that is no better than a constant answer."""
        for judged, where in [
            *((each, "") for each in training.train),
            *((each, " for the test") for each in training.test),
        ]:
            if judged.right <= judged.constant_right:
                message = f"output `{judged.comparison.output}` is right in no more rows{where} "
                message += f"than always {judged.constant}"
                hint = "give more rows, wider bounds or more neurons"
                yield Diagnostic("no-better-than-constant", message, help=hint)

    def _tick(self, text: str) -> None:
        self.progress = text

    def _right(self, samples: Samples, numbers: Sequence[Numbers]) -> int:
        """Return how many rows have every label right, by nnc's engine."""
        network = filled(self.network, self.blocks, numbers)
        columns = [
            list(chain(*each)) for each in zip(*self._answers(network, samples), strict=True)
        ]
        pairs = zip(zip(*columns, strict=True), zip(*samples.expected, strict=True), strict=True)
        return sum(got == wanted for got, wanted in pairs)

    def _answers(self, network: Network, samples: Samples) -> Iterator[list[list[Value]]]:
        """Yield the answers of a network for each batch of rows, by targets."""
        plan = build_plan(self._built(network))
        for batch in samples.batches():
            results = evaluate_batch(plan, batch)
            yield [list(result_of(results, t.output, t.tap).values()) for t in self.targets]

    def _judged(
        self, network: Network, samples: Samples, constants: Sequence[Value]
    ) -> tuple[Judged, ...]:
        """Evaluate a network with nnc's engine, and compare its answers with the labels."""
        self.progress = f"evaluating {counted(samples.count, 'row')}"
        comparisons = [
            Comparison(target.column, target.output, values=target.tap.labels)
            for target in self.targets
        ]
        first = 0
        for answers in self._answers(network, samples):
            end = first + len(answers[0])
            for comparison, got, wanted in zip(comparisons, answers, samples.expected, strict=True):
                comparison.add(first, wanted[first:end], got)
            first = end
        pairs = zip(comparisons, samples.expected, constants, strict=True)
        return tuple(Judged(each, c, sum(v == c for v in wanted)) for each, wanted, c in pairs)


def named(label: Labels) -> dict[str, str | None]:
    """Map each label to the output that is named for it, or to None."""
    if isinstance(label, Mapping):
        return dict(label)
    return {label: None} if isinstance(label, str) else dict.fromkeys(label)


def learner() -> ModuleType:
    """Import the module that trains. Raises InvalidNetworkError if PyTorch is missing."""
    try:
        from nnc.training import learning
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        message = "training layers needs PyTorch, which is not installed"
        hint = f"install it: {install_line('train')}"
        raise InvalidNetworkError([Diagnostic("wrong-usage", message, help=hint)]) from None
    return learning
