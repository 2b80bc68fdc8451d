"""Training by gradients, with PyTorch.

Latent numbers are rounded on the way forward and moved as if they had not been (a straight-through
estimator: Y. Bengio and others, 2013; M. Courbariaux and others, 2016). What a neuron of open
threshold compares is normalised over the batch (S. Ioffe and C. Szegedy, 2015), which becomes a
limit of the plain sum.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.adam import adam

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.numbers.integers import Array
from nnc.training.blocks import Block, Blocks, narrow
from nnc.training.integers import Numbers, folded
from nnc.training.labels import Target
from nnc.training.noise import Noise
from nnc.training.settings import TrainSettings

RATE = 0.01  # of Adam, falling to 0 along a cosine
BATCH = 64  # rows
LARGE_BATCH = 128  # rows, of sets of at least MANY_ROWS
MANY_ROWS = 8192
MEMORY = 0.1  # weight of a batch in running means
EPSILON = 1e-5
CHECKS = 25  # comparisons of the integer network with the best one
TOLERANCE = 0.005  # share of rows by which a later network may be worse than an earlier one
STATE = ("latent", "gain", "shift", "mean", "variance")  # of a part
MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # of Adam, for each tensor that is learned
ATTEMPTS = 3  # from new first numbers, where nothing better than a constant is found


Checkpoint = Mapping[str, Array]
"""The state needed to continue a training, by name; `epochs` counts those that are complete."""


@dataclass(frozen=True, eq=False)
class Learned:
    """The best integer network that was found, and the number of completed epochs.

    `checkpoint` is from a training that ended before its epochs.
    """

    numbers: tuple[Numbers, ...]
    right: int
    epochs: int
    is_interrupted: bool
    versions: Mapping[str, str]
    checkpoint: Checkpoint | None = None


class _Part:
    """The latent numbers of a block and its running statistics."""

    def __init__(self, block: Block, zero: bool, generator: torch.Generator) -> None:
        self.block = block
        self.zero = zero
        self.is_whole = bool(block.is_open.all())
        self.fixed = self.is_open = torch.zeros(())
        if not self.is_whole:
            fixed = block.weights / block.denominator
            self.fixed = torch.tensor(fixed, dtype=torch.float32)
            self.is_open = torch.tensor(block.is_open)
        self.low = torch.tensor(block.low, dtype=torch.float32)
        self.high = torch.tensor(block.high, dtype=torch.float32)
        self.is_sign = bool((self.low == -1).all() and (self.high == 1).all())
        self.reach = torch.maximum(self.low.abs(), self.high.abs()).clamp(min=1)
        self.least, self.most = self.low / self.reach, self.high / self.reach  # of the latent
        first = torch.rand(block.weights.shape, generator=generator) * 2 - 1
        self.latent = torch.clamp(first, self.least, self.most)
        count = len(block.strict)
        levels = [NormalDist().inv_cdf((k + 1) / (count + 1)) for k in range(count)]
        self.gain = torch.zeros(block.rows)
        self.shift = -torch.tensor(levels).repeat(block.rows, 1)
        self.mean, self.variance = torch.zeros(block.rows), torch.ones(block.rows)
        self.is_normalised = torch.zeros((block.rows, count), dtype=torch.bool)
        for place in block.open_thresholds:
            self.is_normalised[place] = True
        self.is_all_normalised = bool(self.is_normalised.all())
        self.learned = [self.latent] if block.has_open_weights else []
        self.learned += [self.gain, self.shift] if block.open_thresholds else []
        for each in self.learned:
            each.requires_grad_()
        middle = 0.5 / block.denominator  # between two sums
        half = [middle if strict == block.rises else -middle for strict in block.strict]
        limits = [
            [float(t) + h for t, h in zip(row, half, strict=True)] for row in block.thresholds
        ]
        self.limits = torch.tensor(limits)

    def rounded(self) -> Tensor:
        """Scale the latent numbers to units, and round them within bounds."""
        return _Rounded.apply(self.latent, self)

    def weights(self) -> Tensor:
        """Return all weights, in the scale of the network."""
        if not self.block.has_open_weights:
            return self.fixed
        open_ = self.rounded()
        if self.block.unit != 1:
            open_ = open_ / self.block.unit
        return open_ if self.is_whole else torch.where(self.is_open, open_, self.fixed)

    def sums(self, sources: Tensor) -> Tensor:
        """Return the sums of all neurons, rows x neurons."""
        window = self.block.window
        if window is None:
            return torch.nn.functional.linear(sources, self.weights())
        (rows, columns), (height, width, channels) = window.padding, window.shape
        picture = sources.reshape(-1, height, width, channels).permute(0, 3, 1, 2)
        padding = window.padding
        if window.outside:
            sides = (columns, columns, rows, rows)
            picture = torch.nn.functional.pad(picture, sides, value=float(window.outside))
            padding = (0, 0)
        kernel = self.weights().reshape(window.features, *window.kernel, window.depth)
        sums = torch.nn.functional.conv2d(
            picture, kernel.permute(0, 3, 1, 2), None, window.stride, padding, 1, window.groups
        )
        return sums.permute(0, 2, 3, 1).reshape(len(sources), self.block.size)

    def excess(self, sums: Tensor) -> list[Tensor]:
        """Return the normalised distance of sums from each of their limits, rows x neurons.

        All places of a feature of a convolution are normalised alike.
        """
        block, shape = self.block, sums.shape
        if block.places > 1:
            sums = sums.reshape(len(sums), block.places, 1, block.rows).permute(0, 3, 1, 2)
        normal = torch.nn.functional.batch_norm(
            sums,
            self.mean,
            self.variance,
            self.gain.exp(),
            None,
            training=True,
            momentum=MEMORY,
            eps=EPSILON,
        )
        if block.places > 1:
            sums, normal = sums.permute(0, 2, 3, 1), normal.permute(0, 2, 3, 1)
        deviation = sums.detach()
        if not self.is_all_normalised:
            every = tuple(range(sums.ndim - 1))
            deviation = (sums.detach().var(every, unbiased=False) + EPSILON).sqrt()
        result = []
        for k in range(len(block.strict)):
            is_normalised = self.is_normalised[:, k]
            excess = normal + self.shift[:, k]
            if not self.is_all_normalised:
                fixed = (sums - self.limits[:, k]) / deviation
                excess = torch.where(is_normalised, excess, fixed)
            result.append((excess if block.rises else -excess).reshape(shape))
        return result

    def signals(self, excess: Sequence[Tensor]) -> Tensor:
        """Return the signals of the block, rows x signals."""
        off, on = (0.0, 1.0) if self.block.counts else map(float, self.block.states)
        signals = [_Step.apply(each, off, on) for each in excess]
        return sum(signals[1:], start=signals[0]) if self.block.counts else _side_by_side(signals)

    def numbers(self) -> Numbers:
        """Round the current numbers of the block to integers."""
        block = self.block
        weights = block.weights
        if block.has_open_weights:
            units = narrow(self.rounded().detach().cpu().numpy())
            weights = units
            if block.denominator != block.unit:
                weights = units.astype(np.float64) * (block.denominator // block.unit)
            if not self.is_whole:
                weights = np.where(block.is_open, weights, block.weights)
        deviation = (self.variance.double() + EPSILON).sqrt()
        slope = (self.gain.detach().double().exp() / deviation)[:, None]
        limits = self.mean.double()[:, None] - self.shift.detach().double() / slope
        return folded(block, weights, limits.cpu().numpy())


class _Rounded(torch.autograd.Function):
    """Latent numbers times their reach, rounded within bounds; the slope is that of the product."""

    @staticmethod
    def forward(context: Any, latent: Tensor, part: _Part) -> Tensor:
        context.reach, context.is_sign = part.reach, part.is_sign
        if not part.zero and part.is_sign:
            return torch.copysign(part.reach, latent)  # a tenth of the time of torch.where
        scaled = latent * part.reach
        units = torch.minimum(torch.maximum(scaled.round(), part.low), part.high)
        return units if part.zero else torch.where(units == 0, scaled.sign(), units)

    @staticmethod
    def backward(context: Any, slope: Tensor) -> tuple[Tensor, None]:
        return slope if context.is_sign else slope * context.reach, None


class _Step(torch.autograd.Function):
    """`on` where a number is above 0, else `off`; the slope is half of the rise from -1 to 1."""

    @staticmethod
    def forward(context: Any, excess: Tensor, off: float, on: float) -> Tensor:
        context.save_for_backward(excess)
        context.half = (on - off) / 2
        return (excess > 0).to(excess.dtype).mul_(on - off).add_(off)

    @staticmethod
    def backward(context: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        (excess,) = context.saved_tensors
        slope = slope if context.half == 1 else slope * context.half
        return torch.ops.aten.hardtanh_backward(slope, excess, -1.0, 1.0), None, None


class _Net:
    """All parts in order of evaluation, and the loss of their answers."""

    def __init__(
        self, blocks: Blocks, targets: Sequence[Target], zero: bool, generator: torch.Generator
    ) -> None:
        self.blocks, self.targets = blocks, targets
        self.parts = [_Part(block, zero, generator) for block in blocks.blocks]
        self.scales = [torch.zeros(()) for _ in targets]
        self.learned = [each for part in self.parts for each in part.learned]
        for scale, target in zip(self.scales, targets, strict=True):
            if target.is_class:
                self.learned.append(scale.requires_grad_())
        places = dict[int, tuple[int, int]]()  # the block that makes a signal, and which of it
        self.reads_signals = [False] * len(self.parts)
        for i, block in enumerate(blocks.blocks):
            places |= {block.first + j: (i, j) for j in range(block.outputs)}
            done = blocks.places[block.first]
            columns = np.concatenate([b.columns for b in blocks.blocks[i:]])
            is_read = (columns >= done) & (columns < done + block.outputs)
            self.reads_signals[i] = bool(is_read.any())
        self.places = [[places[signal] for signal in target.signals] for target in targets]
        bits = zip(targets, self.places, strict=True)
        self.reads_bits = {i for target, each in bits if not target.is_class for i, _ in each}

    def loss(self, given: Tensor, codes: Sequence[Tensor]) -> Tensor:
        """Return the cross entropy of some rows, summed over labels."""
        values, sums, bits = [given], list[Tensor](), list[Tensor]()
        for i, part in enumerate(self.parts):
            totals = part.sums(self._sources(part, values))
            sums.append(totals)
            bits.append(totals)
            signals = totals.new_zeros((len(given), part.block.outputs))
            if self.reads_signals[i] or i in self.reads_bits:
                excess = part.excess(totals)
                if i in self.reads_bits:
                    bits[i] = _side_by_side(excess)
                signals = part.signals(excess)
            values.append(signals)
        loss = torch.zeros(())
        for target, scale, places, code in zip(
            self.targets, self.scales, self.places, codes, strict=True
        ):
            if target.is_class:
                logits = _gathered(sums, places)
                logits = logits / logits.detach().std().clamp(min=1e-3) * scale.exp()
                loss = loss + torch.nn.functional.cross_entropy(logits, code)
            else:
                logits = _gathered(bits, places)
                loss = loss + torch.nn.functional.binary_cross_entropy_with_logits(logits, code)
        return loss

    def _sources(self, part: _Part, values: Sequence[Tensor]) -> Tensor:
        """Return the values that a part reads: all of one earlier part, or a selection."""
        columns, start = part.block.columns, 0
        for value in values:
            if (
                len(columns) == value.shape[1]
                and columns[0] == start
                and columns[-1] == start + len(columns) - 1
            ):
                return value
            start += value.shape[1]
        return torch.cat(list(values), dim=1)[:, columns]

    def bounded(self) -> None:
        """Move latent numbers back within their bounds."""
        for part in self.parts:
            if part.block.has_open_weights:
                part.latent.data.clamp_(part.least, part.most)

    def numbers(self) -> tuple[Numbers, ...]:
        """Return the integer network as it is now."""
        return tuple(part.numbers() for part in self.parts)


def _side_by_side(tensors: Sequence[Tensor]) -> Tensor:
    """Return the numbers of several tensors, rows x neurons: those of each neuron in order."""
    [first, *rest] = tensors
    return torch.stack(list(tensors), dim=2).reshape(len(first), -1) if rest else first


def _gathered(tensors: Sequence[Tensor], places: Sequence[tuple[int, int]]) -> Tensor:
    """Return columns of several tensors, each by the tensor and its place, side by side."""
    [*blocks] = {i for i, _ in places}
    if len(blocks) == 1:
        one, columns = tensors[blocks[0]], [j for _, j in places]
        return one if columns == [*range(one.shape[1])] else one[:, columns]
    return torch.stack([tensors[i][:, j] for i, j in places], dim=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """The rows to train on: the `values` that blocks read, and the `codes` of each target.

    `zero` is whether weights may be 0. `right` counts the `checked` rows that an integer network
    has right, of which a constant answer has `constant`.
    """

    blocks: Blocks
    targets: Sequence[Target]
    values: Array
    codes: Sequence[Array]
    zero: bool
    constant: int
    checked: int
    right: Callable[[Sequence[Numbers]], int]


def learn(
    lesson: Lesson,
    settings: TrainSettings,
    tick: Callable[[str], None],
    checkpoint: Checkpoint | None = None,
) -> Learned:
    """Train blocks on rows, and return the best integer network.

    Where nothing better than a constant answer is found, the training begins anew. Ctrl-C returns
    the best so far. A `checkpoint` of the same blocks and rows goes on.

    Raises InvalidNetworkError for a checkpoint of others, and for a device that there is not.
    """
    if settings.device == "cuda" and not torch.cuda.is_available():
        message, hint = "PyTorch finds no CUDA device", "leave out --device cuda"
        raise InvalidNetworkError([Diagnostic("wrong-usage", message, help=hint)])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so that sums of floats have one order
    try:
        # the mode of a device takes time in every call of PyTorch, and the CPU is the device anyway
        with nullcontext() if settings.device == "cpu" else torch.device(settings.device):
            training = _Training(lesson, settings, tick)
            for attempt in range(ATTEMPTS):
                training.run(attempt, checkpoint)
                if training.right > lesson.constant or training.is_over or checkpoint is not None:
                    break
            return training.learned()
    finally:
        torch.set_num_threads(threads)


class _Adam:
    """Adam (D. Kingma and J. Ba, 2015) for some tensors, with the `moments` of each of them.

    `torch.optim.Adam` does the same by the same function, but imports the compiler of PyTorch
    first, which takes a second.
    """

    def __init__(self, learned: Sequence[Tensor]) -> None:
        self._learned = learned
        self.moments = [
            (torch.zeros(()), torch.zeros_like(each), torch.zeros_like(each)) for each in learned
        ]

    def step(self, rate: float) -> None:
        """Move the tensors against their gradients, and forget these."""
        tensors, slopes = list[Tensor](), list[Tensor]()
        steps, means, squares = list[Tensor](), list[Tensor](), list[Tensor]()
        for tensor, moments in zip(self._learned, self.moments, strict=True):
            if tensor.grad is not None:
                row = (tensor, tensor.grad, *moments)
                for column, each in zip((tensors, slopes, steps, means, squares), row, strict=True):
                    column.append(each)
                tensor.grad = None
        with torch.no_grad():
            adam(
                tensors,
                slopes,
                means,
                squares,
                [],
                steps,
                fused=True,
                amsgrad=False,
                beta1=0.9,
                beta2=0.999,
                lr=rate,
                weight_decay=0.0,
                eps=1e-8,
                maximize=False,
            )


class _State:
    """The state that changes during training, as arrays by name."""

    def __init__(self, net: _Net, optimizer: _Adam, generator: torch.Generator) -> None:
        self._net, self._optimizer, self._generator = net, optimizer, generator

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"scale.{i}": scale for i, scale in enumerate(self._net.scales)}
        for i, part in enumerate(self._net.parts):
            tensors |= {f"{name}.{i}": getattr(part, name) for name in STATE}
        for i, moments in enumerate(self._optimizer.moments):
            tensors |= {f"{name}.{i}": each for name, each in zip(MOMENTS, moments, strict=True)}
        return tensors

    def saved(self, epochs: int) -> Checkpoint:
        """Return the state after some epochs."""
        arrays = {name: each.detach().cpu().numpy() for name, each in self._tensors().items()}
        random = self._generator.get_state().cpu().numpy()
        return {**arrays, "random": random, "epochs": np.array([epochs])}

    def restore(self, checkpoint: Checkpoint) -> int:
        """Restore a state, and return its number of epochs. Raises InvalidNetworkError."""
        try:
            with torch.no_grad():
                for name, tensor in self._tensors().items():
                    tensor.copy_(torch.tensor(checkpoint[name]).reshape(tensor.shape))
            random = torch.tensor(checkpoint["random"], device="cpu")
            self._generator.set_state(random)
            return int(checkpoint["epochs"][0])
        except (KeyError, RuntimeError, TypeError, IndexError):
            message = "the training to go on with was of another network, or on another device"
            hint = "train anew, without --resume"
            raise InvalidNetworkError([Diagnostic("wrong-usage", message, help=hint)]) from None


class _Training:
    """A training run: its rows, and the best integer network so far."""

    def __init__(
        self, lesson: Lesson, settings: TrainSettings, tick: Callable[[str], None]
    ) -> None:
        self._lesson, self._settings, self._tick = lesson, settings, tick
        self._wanted = [
            torch.tensor(code) if target.is_class else torch.tensor(code, dtype=torch.float32)
            for target, code in zip(lesson.targets, lesson.codes, strict=True)
        ]
        self._best: tuple[Numbers, ...] | None = None
        self._checkpoint: Checkpoint | None = None
        self._begin = time.monotonic()
        self.right, self.epochs, self._most, self._told = -1, 0, -1, 0
        self.is_over = self.is_interrupted = False

    def run(self, attempt: int, checkpoint: Checkpoint | None) -> None:
        """Train once from new random numbers; Ctrl-C stops it after the first epoch."""
        generator = torch.Generator(self._settings.device)
        generator.manual_seed(self._settings.seed + attempt * 1_000_003)
        lesson = self._lesson
        net = _Net(lesson.blocks, lesson.targets, lesson.zero, generator)
        optimizer = _Adam(net.learned)
        state = _State(net, optimizer, generator)
        self.epochs = 0
        if checkpoint is not None:
            self.epochs = state.restore(checkpoint)
        try:
            self._run(net, optimizer, generator)
        except KeyboardInterrupt:
            if self._best is None:
                raise
            self.is_over = self.is_interrupted = True
        self._checkpoint = None
        if self.epochs < self._settings.epochs_for(len(lesson.values)):
            self._checkpoint = state.saved(self.epochs)

    def _run(self, net: _Net, optimizer: _Adam, generator: torch.Generator) -> None:
        lesson, count = self._lesson, len(self._lesson.values)
        epochs = self._settings.epochs_for(count)
        size = BATCH if count < MANY_ROWS else LARGE_BATCH
        noise = Noise(
            lesson.values,
            self._is_bit(),
            lesson.blocks.pictures,
            generator,
            self._settings.augment,
        )
        steps_per_epoch = -(-count // size)
        steps, done = epochs * steps_per_epoch, self.epochs * steps_per_epoch
        every = max(1, epochs // CHECKS)
        for epoch in range(self.epochs + 1, epochs + 1):
            for rows in torch.randperm(count, generator=generator).split(size):
                done += 1
                if len(rows) == 1 < count:
                    continue  # one row has no variance
                rate = RATE * self._left(done / steps)
                codes = [code[rows] for code in self._wanted]
                net.loss(noise.applied(self._taken(rows)), codes).backward()
                optimizer.step(rate)
                net.bounded()
            self.epochs = epoch
            is_last = epoch == epochs or self._share() >= 1
            if epoch % every == 0 or is_last or self._best is None:
                self._compare(net)
            self._tell(epoch, epochs)
            if is_last:
                break

    def _taken(self, rows: Tensor) -> Tensor:
        """Return some rows as floats, on the device."""
        return torch.as_tensor(self._lesson.values[rows.cpu().numpy()].astype(np.float32))

    def _is_bit(self) -> Array:
        blocks = self._lesson.blocks
        kinds = [blocks.graph.types[signal].kind for signal in blocks.given]
        return np.array([kind == "bit" for kind in kinds], bool)

    def _share(self) -> float:
        """Return the elapsed share of the time budget."""
        seconds = self._settings.seconds
        share = 0.0 if seconds is None else (time.monotonic() - self._begin) / max(seconds, 1e-9)
        self.is_over |= share >= 1
        return share

    def _left(self, share: float) -> float:
        """Return the learning rate, relative to the first, after a share of the steps or time."""
        return (1 + math.cos(math.pi * min(1.0, max(share, self._share())))) / 2

    def _compare(self, net: _Net) -> None:
        """Keep the integer network if it is about as good as the best so far, or better."""
        numbers = net.numbers()
        right = self._lesson.right(numbers)
        is_near = right >= self._most - TOLERANCE * self._lesson.checked
        if right >= self._most or (is_near and right > self._lesson.constant):
            self._best, self.right = numbers, right
        self._most = max(self._most, right)

    def _tell(self, epoch: int, epochs: int) -> None:
        self._told += 1
        seconds = (time.monotonic() - self._begin) / self._told * (epochs - epoch)
        share = 100 * self.right / self._lesson.checked
        self._tick(f"epoch {epoch:,} of {epochs:,}, {share:.1f} % right, {seconds:,.0f} s left")

    def learned(self) -> Learned:
        """Return the best network that was found."""
        assert self._best is not None
        versions = {"torch": torch.__version__}
        return Learned(
            self._best, self.right, self.epochs, self.is_interrupted, versions, self._checkpoint
        )
