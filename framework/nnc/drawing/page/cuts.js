// Where numbers change what neurons do: the nearest threshold, the cut-offs of an input, its range.
const cuts = (() => {
  const { magnitude } = dom;
  const MOST_CUTS = 200;

  function nearest(sum, limits) {
    let best = null;
    for (const limit of limits) {
      if (!best || nnc.compare(magnitude(nnc.minus(limit, sum)), magnitude(nnc.minus(best, sum))) < 0) best = limit;
    }
    return best;
  }

  // The neurons that read an input that is a number, by its signal.
  function readersOf(of) {
    if (!of.readers) {
      of.readers = new Map();
      const isNumber = (source) => source < of.first && of.isNumber[source];
      for (const block of of.blocks) if (block.sources.some(isNumber)) {
        for (let k = block.from; k < block.from + (block.size ?? block.names.length); k++) {
          nnc.recordOf(of, k).sources.forEach((source, i) => {
            if (!isNumber(source)) return;
            if (!of.readers.has(source)) of.readers.set(source, []);
            of.readers.get(source).push([k, i]);
          });
        }
      }
    }
    return of.readers;
  }

  // The values of an input at which a neuron that reads it is just on a threshold, in order.
  function cutsOf(of, state, signal) {
    const cuts = new Map(), value = state.numbers[signal];
    for (const [k, i] of readersOf(of).get(signal) ?? []) {
      const { effects, bounds } = nnc.exactOf(of, k), sum = nnc.total(of, k, state);
      if (effects[i]) for (const bound of bounds) {
        const cut = nnc.plus(value, nnc.fraction(bound * sum.d - sum.n, sum.d * effects[i]));
        cuts.set(nnc.showNumber(cut), cut);
      }
    }
    return [...cuts.values()].sort(nnc.compare);
  }

  // Numbers on both sides of each cut-off, and on it.
  function nearCuts(of, state, input, signal) {
    const value = state.numbers[signal], found = new Map();
    let cuts = cutsOf(of, state, signal);
    if (cuts.length > MOST_CUTS) {
      const far = (cut) => magnitude(nnc.minus(cut, value));
      cuts = cuts.sort((a, b) => nnc.compare(far(a), far(b))).slice(0, MOST_CUTS).sort(nnc.compare);
    }
    const one = { n: 1n, d: 1n };
    cuts.forEach((cut, i) => {
      let step = one, middle = cut;
      if (input.type === "integer") {
        const floor = cut.n >= 0n || cut.n % cut.d === 0n ? cut.n / cut.d : cut.n / cut.d - 1n;
        middle = { n: floor, d: 1n };
      } else {
        const gaps = [cuts[i - 1], cuts[i + 1]].filter(Boolean).map((each) => magnitude(nnc.minus(each, cut)));
        const isFine = () => step.d % cut.d === 0n && gaps.every((gap) => nnc.compare(step, gap) < 0);
        for (let tries = 0; tries < 30 && !isFine(); tries++) step = { n: 1n, d: step.d * 10n };
      }
      for (const number of [nnc.minus(middle, step), middle, nnc.plus(middle, step)]) found.set(nnc.showNumber(number), number);
    });
    return [...found].filter(([text, number]) => nnc.compare(number, value) !== 0 && Array.isArray(nnc.readInput({ ...input, size: null }, text))).map(([, number]) => number);
  }

  // The ends of a number: its bounds, or numbers around all cut-offs where it has none.
  function rangeOf(network, input) {
    const own = network.inputs.find((each) => each === input);
    let [low, high] = [input.min, input.max].map((end) => (end === null ? null : nnc.readNumber(end)));
    if (!own || (low && high)) return [low, high];
    const numbers = [];
    for (const each of network.inputs) if (network.isNumber[each.first]) for (let i = 0; i < each.width; i++) numbers[each.first + i] = { n: 0n, d: 1n };
    const state = { bits: new Uint8Array(network.count), numbers };
    const cuts = cutsOf(network, state, input.first);
    if (!cuts.length) return [low, high];
    const half = nnc.times(nnc.minus(cuts.at(-1), cuts[0]), { n: 1n, d: 2n });
    const room = { n: half.n / half.d + 1n, d: 1n };
    const whole = (q) => ({ n: q.n / q.d, d: 1n });
    low ??= whole(nnc.minus(cuts[0], room));
    high ??= whole(nnc.plus(cuts.at(-1), room));
    return [low, high];
  }

  return { nearest, nearCuts, rangeOf };
})();
