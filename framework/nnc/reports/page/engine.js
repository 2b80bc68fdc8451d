"use strict";
// Evaluates a network exactly: integers of any size, no binary fractions. `nnc.compile(plan)` takes
// the plan that `nnc compile --to json` writes; `run` takes a text for each input, as a row has it.
const nnc = (() => {
  const ZERO = { n: 0n, d: 1n };

  function gcd(a, b) {
    a = a < 0n ? -a : a;
    while (b) [a, b] = [b, a % b];
    return a;
  }

  function fraction(n, d) {
    if (d < 0n) [n, d] = [-n, -d];
    const common = gcd(n, d);
    return common > 1n ? { n: n / common, d: d / common } : { n, d };
  }

  // Reads 3, -0.1, .5, 1e-3 or -1/3; null for anything else.
  function readNumber(value) {
    const text = String(value).trim();
    let match = /^(-?)([0-9]*)\.?([0-9]*)(?:[eE]([-+]?[0-9]{1,4}))?$/.exec(text);
    if (match && (match[2] || match[3]) && text.indexOf(".") === text.lastIndexOf(".")) {
      const places = match[3].length - Number(match[4] || 0);
      if (Math.abs(places) > 1000) return null;
      let n = BigInt(match[2] + match[3]);
      if (match[1]) n = -n;
      return places > 0 ? fraction(n, 10n ** BigInt(places)) : { n: n * 10n ** BigInt(-places), d: 1n };
    }
    match = /^(-?[0-9]+)\/([0-9]+)$/.exec(text);
    return match && BigInt(match[2]) ? fraction(BigInt(match[1]), BigInt(match[2])) : null;
  }

  // Writes an integer, else a finite decimal, else p/q, as nnc does.
  function showNumber({ n, d }) {
    if (d === 1n) return String(n);
    let rest = d, twos = 0, fives = 0;
    while (rest % 2n === 0n) { rest /= 2n; twos++; }
    while (rest % 5n === 0n) { rest /= 5n; fives++; }
    if (rest !== 1n) return `${n}/${d}`;
    const places = Math.max(twos, fives);
    const scaled = n * 10n ** BigInt(places) / d;
    const digits = String(scaled < 0n ? -scaled : scaled).padStart(places + 1, "0");
    return `${scaled < 0n ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
  }

  const plus = (a, b) => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
  const minus = (a, b) => plus(a, { n: -b.n, d: b.d });
  const times = (a, b) => fraction(a.n * b.n, a.d * b.d);
  const compare = (a, b) => {
    const left = a.n * b.d, right = b.n * a.d;
    return left < right ? -1 : left > right ? 1 : 0;
  };
  const PASSES = {
    above: (c) => c > 0, at_least: (c) => c >= 0, below: (c) => c < 0, at_most: (c) => c <= 0,
  };

  // A neuron: its sources, and weights and thresholds as integers over one denominator. A bit counts
  // 0 or 1, so its states are in `weights` and in `offset`; plain numbers where all sums are safe.
  function compileNeuron(record, first, signals) {
    const sources = record.sources.map((name) => signals.index.get(name));
    const weights = record.weights.map(readNumber);
    const limits = record.thresholds.map((limit) => readNumber(limit.threshold));
    let offset = ZERO, isNumber = false;
    const effects = weights.map((weight, i) => {
      const states = signals.states[sources[i]];
      if (!states) { isNumber = true; return weight; }
      offset = plus(offset, times(weight, states[0]));
      return times(weight, minus(states[1], states[0]));
    });
    let scale = offset.d;
    for (const { d } of [...effects, ...limits]) scale = scale / gcd(scale, d) * d;
    const scaled = (q) => q.n * (scale / q.d);
    const neuron = {
      record, first, sources, weights, limits, scale, offset: scaled(offset), isNumber,
      effects: effects.map(scaled), bounds: limits.map((q) => scaled(q) - scaled(offset)),
      fires: record.thresholds.map((limit) => PASSES[limit.fires]),
    };
    const size = [...neuron.effects, ...neuron.bounds].reduce((sum, v) => sum + (v < 0n ? -v : v), 0n);
    neuron.isSmall = !isNumber && size < 2n ** 53n;
    if (neuron.isSmall) {
      neuron.small = Float64Array.from(neuron.effects, Number);
      neuron.smallBounds = neuron.bounds.map(Number);
    }
    return neuron;
  }

  function layerNeurons(layer) {
    const { weights } = layer;
    const all = layer.sources;
    return Array.from({ length: layer.size }, (_, i) => {
      let sources = all, row;
      if (typeof weights !== "object") row = all.map(() => weights);
      else if (Array.isArray(weights)) row = weights[i];
      else {
        const [a, b] = [weights.indptr[i], weights.indptr[i + 1]];
        sources = weights.indices.slice(a, b).map((place) => all[place]);
        row = weights.values.slice(a, b);
      }
      const name = `${layer.name}(${i})`;
      const thresholds = [{ name, threshold: layer.thresholds[i], fires: layer.fires }];
      return { name, level: layer.level, sources, weights: row, thresholds, states: layer.states };
    });
  }

  function compile(plan) {
    const signals = { index: new Map(), states: [] };
    const bit = [ZERO, { n: 1n, d: 1n }];
    const add = (name, states) => {
      signals.index.set(name, signals.states.length);
      signals.states.push(states && states.map((state) => state.d ? state : readNumber(state)));
    };
    add("0", bit);
    add("1", bit);
    for (const input of plan.inputs) {
      const states = input.type === "choice" ? [0, 1] : input.type === "bit" ? input.states : null;
      for (const name of input.signals) add(name, states);
    }
    const records = [...plan.neurons, ...plan.layers.flatMap(layerNeurons)];
    records.sort((a, b) => a.level - b.level);
    const neurons = [], byName = new Map();
    for (const record of records) {
      const first = signals.states.length;
      const neuron = compileNeuron(record, first, signals);
      for (const limit of record.thresholds) add(limit.name, record.states);
      neurons.push(neuron);
      byName.set(record.name, neuron);
    }
    return { plan, signals, neurons, byName };
  }

  // The values of all signals: 0 or 1, of number inputs a fraction. `values` has a list for each
  // input: of elements as texts, numbers or fractions.
  function run(network, values) {
    const signals = [0, 1];
    for (const input of network.plan.inputs) {
      for (const value of values.get(input.name)) signals.push(value);
    }
    for (const neuron of network.neurons) {
      if (neuron.isSmall) {
        let sum = 0;
        const { sources, small } = neuron;
        for (let i = 0; i < small.length; i++) if (signals[sources[i]]) sum += small[i];
        neuron.smallBounds.forEach((bound, i) => signals.push(
          neuron.fires[i](sum < bound ? -1 : sum > bound ? 1 : 0) ? 1 : 0));
      } else {
        const sum = total(neuron, signals);
        neuron.bounds.forEach((bound, i) => signals.push(
          neuron.fires[i](compare(sum, { n: bound, d: 1n })) ? 1 : 0));
      }
    }
    return signals;
  }

  // The sum of a neuron in units of 1/scale, without its offset.
  function total(neuron, signals) {
    let n = 0n, d = 1n;
    neuron.sources.forEach((source, i) => {
      const value = signals[source], effect = neuron.effects[i];
      if (typeof value === "object") {
        n = n * value.d + effect * value.n * d;
        d *= value.d;
      } else if (value) n += effect * d;
    });
    return fraction(n, d);
  }

  function sumOf(neuron, signals) {
    const sum = total(neuron, signals);
    return fraction(sum.n + neuron.offset * sum.d, sum.d * neuron.scale);
  }

  // What one source adds to the sum.
  function amountOf(neuron, i, signals, network) {
    const value = signals[neuron.sources[i]];
    const states = network.signals.states[neuron.sources[i]];
    return times(neuron.weights[i], typeof value === "object" ? value : states[value]);
  }

  function outputOf(network, output, signals) {
    const at = (name) => signals[network.signals.index.get(name)];
    if (output.kind === "level") {
      const level = output.sources.reduce((sum, name) => sum + at(name), 0);
      return output.labels.length ? output.labels[level] : String(level);
    }
    if (output.kind === "sum" || output.kind === "largest") {
      const sums = output.sources.map((name) => sumOf(network.byName.get(name), signals));
      if (output.kind === "sum") return output.is_bus ? sums.map(showNumber) : showNumber(sums[0]);
      let best = 0;
      sums.forEach((sum, i) => { if (compare(sum, sums[best]) > 0) best = i; });
      return output.labels.length ? output.labels[best] : String(best);
    }
    const shown = output.sources.map((name) => {
      const value = at(name);
      if (typeof value === "object") return showNumber(value);
      return showNumber(network.signals.states[network.signals.index.get(name)][value]);
    });
    if (output.is_integer) {
      return String(output.sources.reduceRight((sum, name) => sum * 2n + BigInt(at(name)), 0n));
    }
    return output.is_bus ? shown : shown[0];
  }

  // Reads a text for an input into its elements; a string is what is wrong with it.
  function readInput(input, text) {
    const trimmed = text.trim();
    if (input.of) {
      const place = input.of.indexOf(trimmed);
      return place < 0 ? `not one of ${input.of.join(", ")}` : input.of.map((_, i) => +(i === place));
    }
    const size = input.size ?? 1;
    const isBit = input.type === "bit";
    const states = isBit && input.states.map(readNumber);
    const isInteger = isBit && input.size && String(input.states) === "0,1" && !trimmed.includes(",");
    if (isInteger) {
      if (!/^[0-9]+$/.test(trimmed)) return "not an unsigned integer";
      const number = BigInt(trimmed);
      if (number >> BigInt(size)) return `more than ${size} bits`;
      return Array.from({ length: size }, (_, i) => Number(number >> BigInt(i) & 1n));
    }
    const parts = input.size ? trimmed.split(",") : [trimmed];
    if (parts.length !== size) return `${parts.length} values, expected ${size}`;
    const values = [];
    for (const part of parts) {
      const number = readNumber(part);
      if (!number) return "not a number";
      if (isBit) {
        const place = states.findIndex((state) => compare(state, number) === 0);
        if (place < 0) return `not ${states.map(showNumber).join(" or ")}`;
        values.push(place);
        continue;
      }
      if (input.type === "integer" && number.d !== 1n) return "not an integer";
      if (input.min !== null && compare(number, readNumber(input.min)) < 0) return `below ${input.min}`;
      if (input.max !== null && compare(number, readNumber(input.max)) > 0) return `above ${input.max}`;
      values.push(number);
    }
    return values;
  }

  // The data of the page; of large networks it is packed: deflated, as base64.
  async function data() {
    const element = document.getElementById("data");
    if (element.type === "application/json") return JSON.parse(element.textContent);
    const bytes = Uint8Array.from(atob(element.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  return {
    amountOf, compare, compile, data, fraction, minus, outputOf, plus, readInput, readNumber, run,
    showNumber, sumOf,
  };
})();
