// The picture of one file, filled with the values of an instance.
// `scene` has `network`, `state`, `prefix`, `file` (inputs, outputs, wires) and the `signals` of the
// instance's ports; `before` is the same of the network it is compared with, or null.
const makePicture = (sheet, app) => {
  const { make, toggle, brief, magnitude } = dom;
  const boxes = [...sheet.querySelectorAll("[data-kind]")];
  const paths = [...sheet.querySelectorAll("[data-wires]")];
  const namesOf = (box) => box.dataset.names.split(" ");
  const wiresOf = new Map(paths.map((path) => [path, path.dataset.wires.split(" ").map(Number)]));
  const OTHER = "gives something else: ", BAR = 22;  // as long as in the drawing
  const cards = new Map(boxes.map((box) => [box, cardOf(box)]));

  function markOther(card, isOther) {
    toggle(card.frame, "otherwise", isOther);
    card.box.setAttribute("aria-label", isOther ? OTHER + card.label : card.label);
  }

  // What of a box changes, looked up once.
  function cardOf(box) {
    const { kind } = box.dataset;
    const all = (selector) => [...box.querySelectorAll(`:scope > ${selector}`)];
    const one = (selector) => box.querySelector(`:scope > ${selector}`);
    const card = { box, kind, names: namesOf(box), label: box.getAttribute("aria-label").replace(OTHER, "") };
    if (kind === "neuron") {
      const amounts = all(".amount"), bars = [...all("rect.above"), ...all("rect.below")];
      const cells = all('rect[class^="step"]'), frames = all(".here");
      const yOf = (element) => Number(element.getAttribute("y"));
      const near = (list, y, distance) => list.find((each) => Math.abs(y - yOf(each) - distance) < 3);
      let at = 0;
      card.rows = (box.dataset.rows || "").split(" ").filter(Boolean).map((text) => {
        if (text === "-") return null;
        const amount = amounts[at++], y = amount ? yOf(amount) : 0;
        const [start, stop, below] = text.split(":").map(Number);
        const frame = near(frames, y, 12), bar = near(bars, y, 9);
        const own = frame ? cells.filter((cell) => yOf(cell) === yOf(frame)) : [];
        return { isRest: text === "*", start, stop, below: below ?? 0, amount, frame, bar, cells: own };
      });
      Object.assign(card, { lamp: one(".lamp"), frame: one(".card"), head: one(".head"),
        sum: one("polygon.sum:not(.was)"), was: one("polygon.was"), text: one("text.sum") });
    } else if (kind === "neurons" || kind === "layer") {
      const tiles = all(".tile");
      card.marks = tiles.length > 1 ? tiles : all(".mark");
      Object.assign(card, { margins: all(".margin"), axis: one("line.axis"), images: all("image") });
    } else if (kind === "part") {
      card.values = all('text.source[text-anchor="end"]');
      card.outlets = card.values.map((text) => text.textContent.split(" ")[0]);
    } else {
      Object.assign(card, { frame: one(".pill"), value: one(".value"), chosen: one(".chosen"), labels: all(".label"),
        cells: all(".cell").concat(all(".ink")).sort((a, b) => a.getAttribute("y") - b.getAttribute("y") || a.getAttribute("x") - b.getAttribute("x")) });
    }
    return card;
  }

  const neuronOf = (scene, name) => nnc.find(scene.network, scene.prefix + name);

  function showNeuron(card, scene, before) {
    const k = neuronOf(scene, card.names[0]);
    if (k === undefined) return [];
    const { network, state } = scene;
    const sum = nnc.sumOf(network, k, state), fired = nnc.firedOf(network, k, state);
    const isOn = fired.some(Boolean);
    for (const part of [card.lamp, card.frame, card.head]) toggle(part, "on", isOn);
    const amounts = card.rows.map((row) => row && !row.isRest ? showRow(row, network, k, state) : null);
    const rest = card.rows.findIndex((row) => row?.isRest);
    if (rest >= 0) {
      let left = sum;
      for (const amount of amounts) if (amount) left = nnc.minus(left, amount);
      amounts[rest] = left;
      showAmount(card.rows[rest], left);
    }
    if (card.sum) showSum(card, sum, nnc.limitsOf(network, k));
    const old = before && neuronOf(before, card.names[0]);
    if (before && old !== undefined && before.state) {
      const was = nnc.sumOf(before.network, old, before.state);
      if (card.was) place(card, card.was, was);
      const decides = nnc.firedOf(before.network, old, before.state).join() !== fired.join();
      markOther(card, decides && !card.frame.classList.contains("changed"));
    }
    return amounts;
  }

  function showRow(row, network, k, state) {
    let amount = { n: 0n, d: 1n }, level = 0;
    for (let i = row.start; i < row.stop; i++) {
      const term = nnc.termOf(network, k, i, state);
      amount = nnc.plus(amount, term.amount);
      level += state.bits[term.source];
    }
    showAmount(row, amount);
    if (row.frame && row.cells.length) {  // as many cut-offs are passed as are 1
      const at = Math.max(0, Math.min(row.cells.length - 1, level - row.below));
      row.frame.setAttribute("x", row.cells[at].getAttribute("x"));
    }
    return amount;
  }

  function showAmount(row, amount) {
    if (!row.amount) return;
    row.amount.textContent = (amount.n < 0n ? "" : "+") + brief(amount);
    toggle(row.amount, "none", amount.n === 0n);
    toggle(row.bar, "idle", amount.n === 0n);
  }

  // How far a number is between two others, from 0 to 1: exact until it is a place to draw at.
  function shareOf(number, low, high) {
    const [part, whole] = [nnc.minus(number, low), nnc.minus(high, low)];
    const millionths = Number(part.n * whole.d * 1000000n / (part.d * whole.n));
    return Math.min(1, Math.max(0, millionths / 1000000));
  }

  function place(card, marker, sum) {
    const [left, right, low, high] = card.box.dataset.axis.split(" ");
    const share = shareOf(sum, nnc.readNumber(low), nnc.readNumber(high));
    const x = Math.round(Number(left) + share * (right - left));
    const [, y] = marker.getAttribute("points").split(" ")[0].split(",");
    marker.setAttribute("points", `${x},${y} ${x - 4},${y - 7} ${x + 4},${y - 7}`);
    return x;
  }

  function showSum(card, sum, limits) {
    const x = place(card, card.sum, sum);
    card.text.textContent = sumText(sum, limits);
    const half = Math.ceil(card.text.textContent.length * 3) + 1;
    const width = Number(card.frame.getAttribute("width"));
    card.text.setAttribute("x", Math.max(4 + half, Math.min(width - 4 - half, x)));
  }

  function sumText(sum, limits) {
    const text = `sum ${brief(sum)}`;
    const nearest = cuts.nearest(sum, limits);
    if (!nearest) return text;
    const difference = nnc.minus(sum, nearest);
    if (!difference.n) return `${text}, on ${brief(nearest)}`;
    const side = difference.n > 0n ? "above" : "below";
    return `${text}, ${brief(magnitude(difference))} ${side} ${brief(nearest)}`;
  }

  // The distance of each neuron of a layer from its threshold: to the right where it fires.
  function showMargins(card, { network, state }, members, isOn) {
    const zero = { n: 0n, d: 1n }, axis = Number(card.axis.getAttribute("x1"));
    const distances = members.map((k) => {
      const sum = k === undefined ? zero : nnc.sumOf(network, k, state);
      return k === undefined ? zero : magnitude(nnc.minus(sum, cuts.nearest(sum, nnc.limitsOf(network, k))));
    });
    const largest = distances.reduce((best, each) => (nnc.compare(each, best) > 0 ? each : best), zero);
    card.margins.forEach((bar, i) => {
      const length = Math.max(1, Math.round(largest.n ? shareOf(distances[i], zero, largest) * BAR : 0));
      const fires = members[i] !== undefined && isOn(members[i]);
      bar.setAttribute("x", fires ? axis : axis - length);
      bar.setAttribute("width", length);
      toggle(bar, "on", fires);
    });
  }

  // The pictures of where each feature of a convolution fires, and how many cut-offs it passes there.
  function showMaps(card, { network, state }, block) {
    const { perLine, features } = block.window, positions = block.size / features, { width } = block;
    const from = network.first + network.limitStarts[block.from], isOne = card.images.length === 1 && features > 1;
    const canvas = make("canvas", isOne ? { width: positions, height: features } : { width: perLine, height: positions / perLine });
    const context = canvas.getContext("2d");
    const colours = Array.from({ length: width + 1 }, (_, level) => `rgba(26, 111, 208, ${level && (40 + 215 * level / width) / 255})`);
    for (let f = 0; f < features; f++) {
      if (!isOne) context.clearRect(0, 0, canvas.width, canvas.height);
      for (let p = 0; p < positions; p++) {
        let level = 0;
        for (let l = 0; l < width; l++) level += state.bits[from + (p * features + f) * width + l];
        if (!level) continue;
        context.fillStyle = colours[level];
        context.fillRect(isOne ? p : p % perLine, isOne ? f : Math.floor(p / perLine), 1, 1);
      }
      if (!isOne) card.images[f]?.setAttribute("href", canvas.toDataURL());
    }
    if (isOne) card.images[0].setAttribute("href", canvas.toDataURL());
  }

  function showPill(card, value, isOn, labels, old = null) {
    toggle(card.frame, "on", isOn);
    const isOther = old !== null && old !== value;
    const text = isOther ? `${old} → ${value}` : value;
    if (card.value) card.value.textContent = text.length > 21 ? `${text.slice(0, 20)}…` : text;
    if (!card.chosen || !labels) return;
    const at = labels.indexOf(value);
    card.labels.forEach((mark, i) => {
      toggle(mark, "on", i === at);
      toggle(mark, "old", isOther && labels[i] === old);
    });
    if (card.labels[at]) card.chosen.setAttribute("y", Number(card.labels[at].getAttribute("y")) - 11);
  }

  function inputText(scene, input) {
    return scene.prefix ? textOf(scene, input, portSignals(scene, input)) : app.texts.get(input.name);
  }

  // The signals of an input of the network, or of a part.
  function portSignals(scene, input) {
    let at = 0;
    for (const each of scene.file.inputs) {
      const width = each.of ? each.of.length : each.size ?? 1;
      if (each.name === input.name) {
        const { first } = scene.network.inputs.find(({ name }) => name === input.name) ?? {};
        return scene.prefix ? scene.signals[0].slice(at, at + width) : Array.from({ length: width }, (_, i) => first + i);
      }
      at += width;
    }
    return [];
  }

  // A bus as a grid of its bits.
  function showCells(card, { state }, signals) {
    card.cells.forEach((cell, i) => cell.setAttribute("class", state.bits[signals[i]] ? "ink" : "cell"));
  }

  function textOf(scene, input, signals) {
    const { network, state } = scene;
    if (input.of) return input.of[signals.findIndex((signal) => state.bits[signal])] ?? "";
    if (String(input.states) === "0,1" && input.size !== null) {
      return String(signals.reduceRight((sum, signal) => sum * 2n + BigInt(state.bits[signal]), 0n));
    }
    return signals.map((signal) => nnc.showNumber(nnc.valueOf(network, signal, state))).join(",");
  }

  function outputText(scene, name) {
    const place_ = scene.file.outputs.findIndex((each) => each.name === name);
    if (place_ < 0) return null;
    const output = { ...scene.file.outputs[place_], signals: scene.signals[1][place_] };
    return { output, text: dom.shown(nnc.outputOf(scene.network, output, scene.state)) };
  }

  function showBox(card, scene, before) {
    const { kind, names } = card, { network, state } = scene;
    if (kind === "neuron") return showNeuron(card, scene, before);
    if (kind === "input") {
      const input = scene.file.inputs.find((each) => each.name === names[0]);
      if (!input) return null;
      if (card.cells.length) { showCells(card, scene, portSignals(scene, input)); return null; }
      const text = inputText(scene, input);
      showPill(card, text, input.type === "bit" && input.size === null && text === input.states[1], input.of);
    } else if (kind === "inputs") {
      card.cells.forEach((cell, i) => {
        const input = scene.file.inputs.find((each) => each.name === names[i]);
        cell.setAttribute("class", input && inputText(scene, input) === input.states[1] ? "ink" : "cell");
      });
    } else if (kind === "neurons" || kind === "layer") {
      const member = (i) => neuronOf(scene, kind === "neurons" ? names[i] : `${names[0]}(${i})`);
      const isOn = (k) => state.bits[network.first + network.limitStarts[k]] === 1;
      card.convolution = network.blocks.find((each) => each.window && each.layer === scene.prefix + names[0]);
      if (card.convolution) showMaps(card, scene, card.convolution);
      else card.marks.forEach((mark, i) => {
        const k = member(i);
        if (k !== undefined) toggle(mark, "on", isOn(k));
      });
      if (card.margins.length && card.axis) showMargins(card, scene, card.margins.map((_, i) => member(i)), isOn);
    } else if (kind === "part") {
      card.values.forEach((text, i) => {
        const value = app.partValue(scene, names[0], card.outlets[i]);
        text.textContent = value === null ? card.outlets[i] : `${card.outlets[i]} ${value.length > 14 ? `${value.slice(0, 13)}…` : value}`;
      });
    } else if (kind === "output") {
      const result = outputText(scene, names[0]);
      if (!result) return null;
      const { output, text } = result;
      if (card.cells.length) showCells(card, scene, output.signals);
      const old = before?.state ? outputText(before, names[0])?.text ?? null : null;
      showPill(card, text, output.kind === "bit" && state.bits[output.signals[0]] === 1, output.labels.length ? output.labels : null, old);
      if (before) markOther(card, old !== null && old !== text);
      if (output.kind === "bit" || output.kind === "bus") {
        const isSome = output.signals.some((signal) => state.numbers[signal] || state.bits[signal]);
        return [{ n: isSome ? 1n : 0n, d: 1n }];
      }
    }
    return null;
  }

  // The boxes that lead to one, and those that it leads to, with the wires between them.
  function wayOf(box, wires) {
    const start = boxes.indexOf(box), lit = new Set([start]), on = new Set();
    for (const [from, to] of [[1, 0], [0, 1]]) {
      const todo = [start], seen = new Set(todo);
      while (todo.length) {
        const place_ = todo.pop();
        wires.forEach((wire, i) => {
          if (wire[from] !== place_) return;
          on.add(i);
          lit.add(wire[to]);
          if (!seen.has(wire[to])) { seen.add(wire[to]); todo.push(wire[to]); }
        });
      }
    }
    return { lit, on };
  }

  return {
    boxes,

    show(scene, before) {
      const amounts = boxes.map((box) => showBox(cards.get(box), scene, before));
      for (const path of paths) {
        toggle(path, "idle", wiresOf.get(path).every((wire) => {
          const [, target, row] = scene.file.wires[wire];
          const amount = amounts[target]?.[row];
          return Boolean(amount) && amount.n === 0n;
        }));
      }
    },

    light(box, wires) {
      toggle(sheet, "lighting", box !== null);
      const { lit, on } = box === null ? { lit: new Set(), on: new Set() } : wayOf(box, wires);
      boxes.forEach((each, i) => toggle(each, "lit", lit.has(i)));
      for (const path of paths) toggle(path, "lit", wiresOf.get(path).some((wire) => on.has(wire)));
    },

    boxOf: (name, kind = null) => boxes.find((box) => namesOf(box).includes(name) && (kind === null || box.dataset.kind === kind)),

    // Frames the box of what is selected and, in a layer, the neuron at `place`.
    mark(selected, at) {
      for (const box of boxes) {
        toggle(box, "selected", box === selected);
        const { marks, convolution } = cards.get(box), own = convolution && at >= 0 ? at % convolution.window.features : at;
        marks?.forEach((mark, i) => toggle(mark, "selected", box === selected && i === own));
      }
    },
  };
};
