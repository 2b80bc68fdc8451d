"""How long repairs take, in CPU seconds of one thread: `python benchmarks/repairs.py`.

The networks are made: adders, a circuit of the shape of c2670, and a mail filter of the shape of
SpamAssassin's. Seeds are fixed; the numbers that are wrong are drawn from them.
"""

import sys
import time
from random import Random

import nnc


def adder(width: int) -> tuple[dict[str, dict[str, int]], dict[str, int], str]:
    """Return the weights and thresholds of a ripple adder, and the rest of its file."""
    weights: dict[str, dict[str, int]] = {}
    thresholds: dict[str, int] = {}
    for i in range(width):
        carry = {} if i == 0 else {f"c{i - 1}": 1}
        weights[f"c{i}"] = {f"a({i})": 1, f"b({i})": 1, **carry}
        weights[f"s{i}"] = {f"a({i})": 1, f"b({i})": 1, **carry, f"c{i}": -2}
        thresholds[f"c{i}"], thresholds[f"s{i}"] = 2, 1
    bits = ", ".join(f"s{i}" for i in range(width))
    inputs = f"{{a: bit({width}), b: bit({width})}}"
    return weights, thresholds, f"inputs: {inputs}\noutputs: {{sum: [{bits}, c{width - 1}]}}\n"


def circuit(
    random: Random, neurons: int = 1269, inputs: int = 157, outputs: int = 64
) -> tuple[dict[str, dict[str, int]], dict[str, int], str]:
    """Return gates of 1 to 4 wires, most of them near: the shape of c2670."""
    names = [f"i{k}" for k in range(inputs)]
    weights: dict[str, dict[str, int]] = {}
    thresholds: dict[str, int] = {}
    for k in range(neurons):
        count = random.choice([1, 2, 2, 2, 2, 3, 4])
        near = names[-300:] if k > 200 else names
        sources = random.sample(near, count)
        sign = [random.choice([1, 1, 1, -1]) for _ in sources]
        weights[f"n{k}"] = dict(zip(sources, sign, strict=True))
        thresholds[f"n{k}"] = random.randint(1, count) - sign.count(-1)
        names.append(f"n{k}")
    chosen = ", ".join(names[-outputs:])
    listed = ", ".join(names[:inputs])
    return weights, thresholds, f"inputs: [{listed}]\noutputs: [{chosen}]\n"


def text(weights: dict[str, dict[str, int]], thresholds: dict[str, int], rest: str) -> str:
    """Return a network file."""
    lines = ["nnc: 1", "fires: at_least", rest.rstrip(), "neurons:"]
    for name, own in weights.items():
        listed = ", ".join(f"{source}: {weight}" for source, weight in own.items())
        lines.append(f"  {name}: {{weights: {{{listed}}}, threshold: {thresholds[name]}}}")
    return "\n".join(lines) + "\n"


def broken(
    random: Random, weights: dict[str, dict[str, int]], thresholds: dict[str, int], count: int
) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Return the numbers with some of them wrong."""
    weights, thresholds = {n: dict(w) for n, w in weights.items()}, dict(thresholds)
    places: list[tuple[str, str | None]] = [(n, s) for n, own in weights.items() for s in own]
    places += [(name, None) for name in thresholds]
    for name, source in random.sample(places, count):
        step = random.choice([-2, -1, 1, 2])
        if source is None:
            thresholds[name] += step
        else:
            weights[name][source] += step
    return weights, thresholds


def rows_for(random: Random, network: nnc.Network, count: int) -> dict[str, list[int]]:
    """Draw rows of bits."""
    return {
        name: [random.getrandbits(input_.width) for _ in range(count)]
        for name, input_ in network.inputs.items()
    }


def mails(
    random: Random, wrong: int, kept: int = 397
) -> tuple[str, dict[str, list[int]], list[int]]:
    """Return a filter of 1,271 weights, its rows, and labels of which some are turned."""
    rules = [f"R{k}" for k in range(1271)]
    points = {rule: random.choice([1, 1, 1, -1]) * random.randint(1, 4000) / 1000 for rule in rules}
    popular = random.sample(rules, 60)
    rows = [
        {
            *random.sample(popular, random.randint(2, 9)),
            *random.sample(rules, random.randint(1, 12)),
        }
        for _ in range(kept + wrong)
    ]
    labels = [int(sum(round(points[rule] * 1000) for rule in row) >= 5000) for row in rows]
    near = sorted(range(len(rows)), key=lambda i: abs(
        sum(round(points[rule] * 1000) for rule in rows[i]) - 5000))  # fmt: skip
    for i in random.sample(near[:40], wrong):
        labels[i] = 1 - labels[i]
    listed = ", ".join(f"{rule}: {value}" for rule, value in points.items())
    lines = ["nnc: 1", f"inputs: [{', '.join(rules)}]", "neurons:",
             f"  score: {{weights: {{{listed}}}, threshold: 5, fires: at_least}}",
             "outputs: {spam: score}", ""]  # fmt: skip
    columns = {rule: [int(rule in row) for row in rows] for rule in rules}
    return "\n".join(lines), columns, labels


def timed(title: str, network: nnc.Network, rows: dict[str, list[int]],
          labels: dict[str, list[int]], seconds: float = 100) -> nnc.Repair:  # fmt: skip
    """Repair, and print what came of it."""
    start = time.process_time()
    repair = nnc.repair(network, rows, labels=labels, seconds=seconds)
    spent = time.process_time() - start
    print(f"{title:<34} {repair.numbers:>5} x {repair.rows:<4} {repair.failing:>4} fail  "
          f"{len(repair.changes)} changed, {repair.proof}, fewest {repair.fewest}, "
          f"{len(repair.ways)} ways  {spent:7.2f} s", flush=True)  # fmt: skip
    return repair


def circuits(which: str, seed: int) -> None:
    """Repair made circuits with numbers that are wrong."""
    for title, made, rows, wrongs in (
        ("adder of 8 bits", adder(8), 60, (1, 2, 3)),
        ("adder of 64 bits", adder(64), 200, (1, 2)),
        ("like c2670", circuit(Random(1)), 300, (1, 2)),
    ):
        if which not in title:
            continue
        right = nnc.loads(text(*made))
        for wrong in wrongs:
            random = Random(f"{seed} {title} {wrong}")
            given = rows_for(random, right, rows)
            outputs = nnc.evaluate(right, given)
            labels = {
                name: [int("".join(map(str, bits[::-1])), 2) for bits in values.tolist()]
                if values.ndim == 2
                else values.tolist()
                for name, values in outputs.items()
            }
            bad = nnc.loads(text(*broken(random, made[0], made[1], wrong), made[2]))
            timed(f"{title}, {wrong} wrong", bad, given, labels)


def main() -> None:
    """Run what the words name, everything by default."""
    which = sys.argv[1] if len(sys.argv) > 1 else ""
    seed = sys.argv[2] if len(sys.argv) > 2 else "0"
    circuits(which, int(seed))
    if which in "mails":
        for wrong in (1, 3, 8):
            network, rows, labels = mails(Random(f"{seed} {wrong}"), wrong)
            timed(f"mails, {wrong} judged wrong", nnc.loads(network), rows, {"spam": labels})


if __name__ == "__main__":
    main()
