"use strict";
// Evaluates a network exactly: integers of any size, no binary fractions.
// All neurons lie in flat arrays, but those of a convolution, which share a kernel. Those whose sums
// a binary float may not hold are calculated with BigInt.
const nnc = (() => {
  const BITS = [{ n: 0n, d: 1n }, { n: 1n, d: 1n }];

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
  const SIGNS = [">", "\u2265", "<", "\u2264"];  // in the order of the rules
  const passes = (rule, c) => rule === 0 ? c > 0 : rule === 1 ? c >= 0 : rule === 2 ? c < 0 : c <= 0;
  const SAFE = 2 ** 53;
  const at = (list, i) => list.length > 1 ? list[i] : list[0];

  // `data` is what PlanNumbers in numbers.py says. Neuron k has the synapses starts[k] to
  // starts[k + 1], none in a convolution, and the thresholds limitStarts[k] to limitStarts[k + 1].
  // `largest` is how large an element of an input may be, as a float: Infinity of any number.
  function compile(data) {
    const { blocks, shapes, first, inputs } = data;
    let count = 0, synapses = 0, limits = 0, neurons = 0;
    for (const block of blocks) {
      block.from = neurons;
      if (block.layer === undefined) {
        neurons += block.names.length;
        synapses += block.sources.length;
        for (const place of block.shapes) limits += shapes[place][3].length;
      } else {
        neurons += block.size;
        if (!block.window) synapses += block.indptr ? block.indices.length : block.size * block.sources.length;
        limits += block.size * block.width;
      }
    }
    count = first + limits;
    const network = {
      data, inputs, outputs: data.outputs, blocks, first, count, neurons,
      starts: new Int32Array(neurons + 1), sources: new Int32Array(synapses), effects: new Float64Array(synapses),
      limitStarts: new Int32Array(neurons + 1), bounds: new Float64Array(limits), rules: new Uint8Array(limits),
      states: data.states.map(([from, to, ...texts]) => ({ from, to, values: texts.map(readNumber) })),
      isExact: new Uint8Array(neurons), exact: new Map(), isNumber: new Uint8Array(first),
      largest: new Float64Array(first).fill(1),
    };
    let signal = 2;
    for (const input of inputs) {
      input.first = signal;
      input.width = input.of ? input.of.length : input.size ?? 1;
      if (input.type !== "bit" && !input.of) {
        const ends = input.type === "integer" ? [input.min, input.max].map((end) => end === null ? Infinity : Math.abs(Number(end))) : [Infinity];
        network.isNumber.fill(1, signal, signal + input.width);
        network.largest.fill(Math.max(...ends), signal, signal + input.width);
      }
      signal += input.width;
    }
    const place = { k: 0, synapse: 0, limit: 0 };
    for (const block of blocks) {
      if (block.layer === undefined) addNeurons(network, block, shapes, place);
      else if (block.window) addConvolution(network, block, place);
      else addLayer(network, block, place);
    }
    return network;
  }

  function addNeurons(network, block, shapes, place) {
    const { sources, effects, bounds, rules } = network;
    block.starts = new Int32Array(block.shapes.length);
    let from = 0;
    block.shapes.forEach((shape, i) => {
      const [, , weights, limits] = shapes[shape];
      const { k } = place;
      block.starts[i] = from;
      let size = 0, isExact = false;
      for (let j = 0; j < weights.length; j++) {
        const source = block.sources[from + j], weight = weights[j];
        sources[place.synapse + j] = source;
        if (typeof weight === "string") isExact = true;
        else { effects[place.synapse + j] = weight; size += sizeOfTerm(network, source, weight); }
      }
      limits.forEach(([bound, rule], j) => {
        rules[place.limit + j] = rule;
        if (typeof bound === "string") isExact = true;
        else { bounds[place.limit + j] = bound; size += Math.abs(bound); }
      });
      network.isExact[k] = isExact || !(size < SAFE);
      from += weights.length;
      advance(network, place, weights.length, limits.length);
    });
  }

  function advance(network, place, synapses, limits) {
    place.k++;
    network.starts[place.k] = place.synapse += synapses;
    network.limitStarts[place.k] = place.limit += limits;
  }

  function addLayer(network, block, place) {
    const { sources, effects } = network;
    for (let i = 0; i < block.size; i++) {
      const row = layerRow(block, i), bounds = boundsOf(block, i);
      let size = 0, isExact = bounds.some((bound) => typeof bound === "string");
      for (let j = 0; j < row.sources.length; j++) {
        const weight = row.weights[j];
        sources[place.synapse + j] = row.sources[j];
        if (typeof weight === "string") isExact = true;
        else { effects[place.synapse + j] = weight; size += sizeOfTerm(network, row.sources[j], weight); }
      }
      bounds.forEach((bound, j) => {
        network.rules[place.limit + j] = block.rule;
        if (!isExact) network.bounds[place.limit + j] = bound;
      });
      network.isExact[place.k] = isExact || bounds.some((bound) => !(size + Math.abs(bound) < SAFE));
      advance(network, place, row.sources.length, bounds.length);
    }
  }

  const sizeOfTerm = ({ first, largest }, source, weight) => Math.abs(weight) * (source < first ? largest[source] : 1);

  // A convolution has its window as an object, its weights as floats where these hold all sums.
  function addConvolution(network, block, place) {
    const [rows, columns, channels, height, width, down, across, top, left, groups, features] = block.window;
    const depth = channels / groups, taps = height * width * depth;
    const perLine = Math.floor((columns + 2 * left - width) / across) + 1;
    block.window = { rows, columns, channels, height, width, down, across, top, left, features, depth, taps, perLine, perGroup: features / groups };
    const source = block.sources.reduce((most, each) => Math.max(most, sizeOfTerm(network, each, 1)), 0);
    let size = 0;
    for (let f = 0; f < features; f++) {
      let sum = 0;
      for (let j = 0; j < taps; j++) sum += Math.abs(weightAt(block, f * taps + j)) * source * block.count;
      size = Math.max(size, sum);
    }
    const bound = block.bounds.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    const isText = (number) => typeof number === "string";
    const isExact = !(size + bound < SAFE) || [block.weights].flat().some(isText) || block.bounds.some(isText);
    block.kernel = isExact ? null : Float64Array.from({ length: features * taps }, (_, j) => weightAt(block, j));
    block.limits = isExact ? null : Float64Array.from(block.bounds);
    network.rules.fill(block.rule, place.limit, place.limit + block.size * block.width);
    network.isExact.fill(isExact ? 1 : 0, place.k, place.k + block.size);
    for (let i = 0; i < block.size; i++) advance(network, place, 0, block.width);
  }

  const weightAt = ({ weights }, j) => Array.isArray(weights) ? weights[j] : weights;
  const classAt = (block, i) => at(block.places, Math.floor(i / block.window.features)) * block.window.features + i % block.window.features;

  // Calls `visit` with each line of the kernel that lies inside the picture: its first place there
  // and in the kernel of a feature, its length, and how far apart its pixels are.
  function eachLine(window, position, visit) {
    const { rows, columns, height, width, down, across, top, left, perLine } = window;
    const y = Math.floor(position / perLine) * down - top, x = position % perLine * across - left;
    const from = Math.max(0, -x), to = Math.min(width, columns - x);
    for (let i = Math.max(0, -y); i < Math.min(height, rows - y); i++) {
      if (from < to) visit((y + i) * columns + x + from, i * width + from, to - from);
    }
  }

  function convolutionRow(block, i) {
    const { window, count, sources } = block, { channels, depth, taps, features, perGroup } = window;
    const feature = i % features, channel = Math.floor(feature / perGroup) * depth;
    const row = { sources: [], weights: [] };
    eachLine(window, Math.floor(i / features), (pixel, tap, length) => {
      for (let j = 0; j < length; j++) for (let d = 0; d < depth; d++) for (let c = 0; c < count; c++) {
        row.sources.push(sources[((pixel + j) * channels + channel + d) * count + c]);
        row.weights.push(weightAt(block, feature * taps + (tap + j) * depth + d));
      }
    });
    return row;
  }

  // Calculates all neurons of a convolution: each line of the kernel is a stretch of the picture.
  function convolve(network, block, { bits, plain }) {
    const { window, kernel, limits, sources, count, rule, width } = block;
    const { channels, depth, taps, features, perGroup } = window, { first } = network;
    const picture = new Float64Array(sources.length / count);
    sources.forEach((source, j) => { picture[count === 1 ? j : Math.floor(j / count)] += source < first ? plain[source] : bits[source]; });
    let signal = first + network.limitStarts[block.from];
    for (let position = 0; position < block.size / features; position++) {
      const lines = [], bound = at(block.places, position) * features * width;
      eachLine(window, position, (...line) => lines.push(line));
      for (let f = 0; f < features; f++) {
        const channel = Math.floor(f / perGroup) * depth;
        let sum = 0;
        for (const [pixel, tap, length] of lines) {
          let w = f * taps + tap * depth;
          for (let j = 0; j < length; j++) {
            const at_ = (pixel + j) * channels + channel;
            for (let d = 0; d < depth; d++) sum += kernel[w++] * picture[at_ + d];
          }
        }
        for (let l = 0; l < width; l++) bits[signal++] = passes(rule, sum - limits[bound + f * width + l]) ? 1 : 0;
      }
    }
  }

  function boundsOf(block, i) {
    const own = block.window ? classAt(block, i) : i;
    return Array.from({ length: block.width }, (_, j) => at(block.bounds, own * block.width + j));
  }

  // Several thresholds have their places as names, as `hidden(7).2`: from 2 on the second fires.
  function layerLimits(block, i) {
    const { width, rule } = block;
    return boundsOf(block, i).map((bound, j) => [bound, rule, width > 1 ? String(rule < 2 ? j + 1 : width - j) : ""]);
  }

  function layerRow(block, i) {
    const { weights, sources, indptr } = block;
    if (block.window) return convolutionRow(block, i);
    if (indptr) {
      return {
        sources: block.indices.slice(indptr[i], indptr[i + 1]).map((j) => sources[j]),
        weights: weights.slice(indptr[i], indptr[i + 1]),
      };
    }
    const count = sources.length;
    return { sources, weights: Array.isArray(weights) ? weights.slice(i * count, (i + 1) * count) : sources.map(() => weights) };
  }

  // What is written of a neuron: its weights are integers, in units of 1 / scale, and so is `offset`.
  function recordOf(network, k) {
    const block = network.blocks.findLast((each) => each.from <= k), i = k - block.from;
    if (block.layer !== undefined) {
      const row = layerRow(block, i);
      return { name: `${block.layer}(${i})`, layer: block.layer, ...row, scale: at(block.scales, i), offset: at(block.offsets, block.window ? classAt(block, i) : i), limits: layerLimits(block, i) };
    }
    const [scale, offset, weights, limits] = network.data.shapes[block.shapes[i]];
    return { name: block.names[i], sources: block.sources.slice(block.starts[i], block.starts[i] + weights.length), weights, scale, offset, limits };
  }

  function nameOf(network, k) {
    const block = network.blocks.findLast((each) => each.from <= k), i = k - block.from;
    return block.layer === undefined ? block.names[i] : `${block.layer}(${i})`;
  }

  // The neuron of a name; undefined where there is none.
  function find(network, name) {
    if (!network.byName) {
      network.byName = new Map();
      for (let k = 0; k < network.neurons; k++) network.byName.set(nameOf(network, k), k);
    }
    return network.byName.get(name);
  }

  // The neuron that gives a signal.
  function neuronAt(network, signal) {
    let low = 0, high = network.neurons - 1;
    while (low < high) {
      const middle = low + high + 1 >> 1;
      if (network.first + network.limitStarts[middle] <= signal) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function signalName(network, signal) {
    if (signal < 2) return String(signal);
    if (signal < network.first) {
      const input = network.inputs.findLast((each) => each.first <= signal), i = signal - input.first;
      return input.of ? `${input.name}.${input.of[i]}` : input.size === null ? input.name : `${input.name}(${i})`;
    }
    const k = neuronAt(network, signal), { name, limits } = recordOf(network, k);
    const port = limits[signal - network.first - network.limitStarts[k]][2];
    return port ? `${name}.${port}` : name;
  }

  function statesOf(network, signal) {
    for (const { from, to, values } of network.states) if (signal >= from && signal < to) return values;
    return BITS;
  }

  // The values of all signals in a row: bits 0 or 1, and of number inputs fractions. `values` has a
  // list for each input.
  function run(network, values) {
    const state = stateOf(network);
    for (const input of network.inputs) {
      values.get(input.name).forEach((value, i) => put(state, input.first + i, value));
    }
    return settle(network, state);
  }

  // What inputs may be as floats is in `plain`: bits, and integers with bounds.
  function stateOf(network) {
    const state = { bits: new Uint8Array(network.count), numbers: [], plain: new Float64Array(network.first) };
    put(state, 1, 1);
    return state;
  }

  function put(state, signal, value) {
    const isNumber = typeof value === "object";
    if (isNumber) state.numbers[signal] = value;
    else state.bits[signal] = value;
    state.plain[signal] = isNumber ? Number(value.n) : value;
  }

  // Calculates all neurons from the inputs in `state`.
  function settle(network, state) {
    for (const block of network.blocks) {
      if (block.kernel) convolve(network, block, state);
      else settleNeurons(network, state, block.from, block.from + (block.size ?? block.names.length));
    }
    return state;
  }

  function settleNeurons(network, state, from, to) {
    const { starts, sources, effects, limitStarts, bounds, rules, isExact, first } = network;
    const { bits, plain } = state;
    for (let k = from; k < to; k++) {
      const end = limitStarts[k + 1];
      if (isExact[k]) {
        const sum = total(network, k, state), { bounds: exact } = exactOf(network, k);
        for (let l = limitStarts[k]; l < end; l++) {
          const bound = exact[l - limitStarts[k]] * sum.d;
          bits[first + l] = passes(rules[l], sum.n < bound ? -1 : sum.n > bound ? 1 : 0) ? 1 : 0;
        }
        continue;
      }
      let sum = 0;
      for (let j = starts[k]; j < starts[k + 1]; j++) {
        const source = sources[j];
        if (source < first) sum += effects[j] * plain[source];
        else if (bits[source]) sum += effects[j];
      }
      for (let l = limitStarts[k]; l < end; l++) bits[first + l] = passes(rules[l], sum - bounds[l]) ? 1 : 0;
    }
  }

  function exactOf(network, k) {
    let exact = network.exact.get(k);
    if (!exact) {
      const { sources, weights, limits, scale, offset } = recordOf(network, k);
      exact = { sources, effects: weights.map(BigInt), bounds: limits.map(([bound]) => BigInt(bound)), scale: BigInt(scale), offset: BigInt(offset) };
      network.exact.set(k, exact);
    }
    return exact;
  }

  // The sum of a neuron in units of 1 / scale, without its offset.
  function total(network, k, { bits, numbers }) {
    let n = 0n, d = 1n;
    const { sources, effects } = exactOf(network, k);
    effects.forEach((effect, i) => {
      const source = sources[i], value = numbers[source];
      if (value) {
        n = n * value.d + effect * value.n * d;
        d *= value.d;
      } else if (bits[source]) n += effect * d;
    });
    return { n, d };
  }

  function sumOf(network, k, state) {
    const { n, d } = total(network, k, state), { scale, offset } = exactOf(network, k);
    return fraction(n + offset * d, d * scale);
  }

  function limitsOf(network, k) {
    const { bounds, scale, offset } = exactOf(network, k);
    return bounds.map((bound) => fraction(bound + offset, scale));
  }

  // What the source of one synapse is, its weight as it is written, its value and what it adds.
  function termOf(network, k, i, state) {
    const { sources, effects, scale } = exactOf(network, k), source = sources[i];
    const number = state.numbers[source];
    if (number) {
      const weight = fraction(effects[i], scale);
      return { source, weight, value: number, amount: times(weight, number) };
    }
    const [off, on] = statesOf(network, source), change = minus(on, off);
    const weight = fraction(effects[i] * change.d, scale * change.n);
    const value = state.bits[source] ? on : off;
    return { source, weight, value, amount: times(weight, value) };
  }

  const sizeOf = (network, k) => exactOf(network, k).sources.length;
  const firedOf = (network, k, { bits }) => {
    const from = network.first + network.limitStarts[k], to = network.first + network.limitStarts[k + 1];
    return Array.from(bits.subarray(from, to));
  };

  function valueOf(network, signal, state) {
    return state.numbers[signal] ?? statesOf(network, signal)[state.bits[signal]];
  }

  // What an output gives: a text, or a list of them.
  function outputOf(network, output, state) {
    const { signals, kind, labels } = output;
    if (kind === "level") {
      const level = signals.reduce((sum, signal) => sum + state.bits[signal], 0);
      return labels.length ? labels[level] : String(level);
    }
    if (kind === "sum" || kind === "largest") {
      const sums = signals.map((signal) => sumOf(network, neuronAt(network, signal), state));
      if (kind === "sum") return output.is_bus ? sums.map(showNumber) : showNumber(sums[0]);
      let best = 0;
      sums.forEach((sum, i) => { if (compare(sum, sums[best]) > 0) best = i; });
      return labels.length ? labels[best] : String(best);
    }
    if (output.is_integer) {
      return String(signals.reduceRight((sum, signal) => sum * 2n + BigInt(state.bits[signal]), 0n));
    }
    const shown = signals.map((signal) => showNumber(valueOf(network, signal, state)));
    return output.is_bus ? shown : shown[0];
  }

  // Writes the elements of an input as a row has it.
  function writeInput(input, elements) {
    if (input.of) return input.of[elements.indexOf(1)];
    if (isUnsigned(input)) return String(elements.reduceRight((sum, bit) => sum * 2n + BigInt(bit), 0n));
    return elements.map((value) => typeof value === "object" ? showNumber(value) : input.states[value]).join(",");
  }

  const isUnsigned = (input) => input.type === "bit" && input.size !== null && String(input.states) === "0,1";

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
    if (isUnsigned(input) && !trimmed.includes(",")) {
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

  return {
    SIGNS, compare, compile, exactOf, find, firedOf, fraction, limitsOf, minus, nameOf,
    neuronAt, outputOf, plus, put, readInput, readNumber, recordOf, run, settle, showNumber, signalName,
    sizeOf, stateOf, statesOf, sumOf, termOf, times, total, valueOf, writeInput,
  };
})();
