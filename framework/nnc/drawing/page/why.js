// Why a neuron or an output gives what it gives, and what would change that.
const makeWhy = (app) => {
  const { make, signed, magnitude, byId } = dom;
  const MOST_TERMS = 40, MOST_PAIRS = 5000, SLICE = 12, MOST_FOUND = 12;
  let search = 0;  // the number of the search that is running

  const link = (name) => make("button", { type: "button", class: "link", onclick: () => app.select(name, true) }, name);

  // ----------------------------------------------------------------------------------- terms

  // What the sources add: the steps of one input are one term, and so are thresholds of one neuron.
  function termsOf(network, k, state) {
    const groups = new Map();
    for (let i = 0; i < nnc.sizeOf(network, k); i++) {
      const term = nnc.termOf(network, k, i, state), { source } = term;
      const maker = source >= network.first ? nnc.neuronAt(network, source) : null;
      const record = maker === null ? null : nnc.recordOf(network, maker);
      const isStep = record !== null && record.name.includes(">");
      const isPort = record !== null && Boolean(record.limits[0][2]);
      const key = isStep ? `step ${record.sources[0]}` : isPort ? `ports ${maker}` : `${source} ${i}`;
      if (!groups.has(key)) groups.set(key, { isStep, isPort, terms: [], amount: { n: 0n, d: 1n } });
      const group = groups.get(key);
      group.terms.push({ ...term, record });
      group.amount = nnc.plus(group.amount, term.amount);
    }
    return [...groups.values()].map((group) => ({ ...worded(network, group, state), amount: group.amount }))
      .sort((a, b) => nnc.compare(magnitude(b.amount), magnitude(a.amount)));
  }

  function worded(network, { isStep, isPort, terms }, state) {
    const [{ source, weight, value, record }] = terms;
    if (isStep) {
      const [input] = record.sources, passed = terms.filter((term) => state.bits[term.source]);
      const number = nnc.showNumber(nnc.valueOf(network, input, state));
      if (!passed.length) return { source: nnc.signalName(network, input), words: number };
      const last = passed.at(-1), limit = nnc.limitsOf(network, nnc.neuronAt(network, last.source))[0];
      return { source: nnc.signalName(network, input), words: `${number} ${nnc.SIGNS[last.record.limits[0][1]]} ${nnc.showNumber(limit)}` };
    }
    if (isPort && terms.length > 1) {
      const passed = terms.filter((term) => state.bits[term.source]).map((term) => nnc.signalName(network, term.source).split(".").at(-1));
      return { source: record.name, words: passed.join(", ") };
    }
    return { source: nnc.signalName(network, source), words: `${nnc.showNumber(weight)} × ${nnc.showNumber(value)}` };
  }

  function termTable(network, k, state) {
    const terms = termsOf(network, k, state), adding = terms.filter(({ amount }) => amount.n);
    const zeros = terms.filter(({ amount }) => !amount.n).map(({ source }) => source);
    const parts = [];
    if (adding.length) {
      const rows = adding.slice(0, MOST_TERMS).map(({ source, words, amount }) => make("tr", {},
        make("th", { scope: "row" }, app.canSelect(source) ? link(source) : source), make("td", {}, words), make("td", { class: "number" }, signed(amount))));
      parts.push(make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "source"), make("th", { scope: "col" }, "because"), make("th", { scope: "col", class: "number" }, "adds"))), make("tbody", {}, ...rows)));
    }
    if (adding.length > MOST_TERMS) {
      const rest = adding.slice(MOST_TERMS).reduce((sum, { amount }) => nnc.plus(sum, amount), { n: 0n, d: 1n });
      parts.push(make("p", {}, `and ${adding.length - MOST_TERMS} more: ${signed(rest)}`));
    }
    if (zeros.length) parts.push(make("p", { class: "soft" }, `Nothing from ${zeros.slice(0, 12).join(", ")}${zeros.length > 12 ? ` and ${zeros.length - 12} more` : ""}.`));
    return parts;
  }

  function limitLines(network, k, state) {
    const { limits } = nnc.recordOf(network, k);
    const sum = nnc.sumOf(network, k, state), fired = nnc.firedOf(network, k, state);
    return nnc.limitsOf(network, k).map((limit, i) => {
      const margin = nnc.showNumber(magnitude(nnc.minus(sum, limit)));
      const port = limits[i][2];
      return make("li", { class: fired[i] ? "fires" : "" },
        `${fired[i] ? "●" : "○"} ${port && `${port} `}${fired[i] ? "fires" : "silent"}: sum ${nnc.showNumber(sum)}, needs ${nnc.SIGNS[limits[i][1]]} ${nnc.showNumber(limit)}, margin ${margin}`);
    });
  }

  // ----------------------------------------------------------------------------------- flips

  // Every change of one input: a bit, another choice, and numbers on both sides of a cut-off. Each
  // says what it sets in the row; `group` are changes that exclude each other.
  function changesOf(network, state) {
    const changes = [];
    for (const input of network.inputs) {
      const { first, width, name } = input;
      if (input.of) {
        const current = input.of.findIndex((_, i) => state.bits[first + i]);
        input.of.forEach((value, i) => {
          if (i === current) return;
          changes.push({ group: name, input, text: `${name} ${input.of[current]} → ${value}`, value, sets: [[first + current, 0], [first + i, 1]] });
        });
        continue;
      }
      for (let i = 0; i < width; i++) {
        const signal = first + i, element = input.size === null ? name : `${name}(${i})`;
        if (input.type === "bit") {
          const to = 1 - state.bits[signal];
          changes.push({ group: element, input, text: `${element} ${input.states[1 - to]} → ${input.states[to]}`, sets: [[signal, to]] });
        } else {
          const from = nnc.showNumber(state.numbers[signal]);
          for (const number of cuts.nearCuts(network, state, input, signal)) {
            changes.push({ group: element, input, distance: magnitude(nnc.minus(number, state.numbers[signal])),
              text: `${element} ${from} → ${nnc.showNumber(number)}`, sets: [[signal, number]] });
          }
        }
      }
    }
    return changes;
  }

  function changed(network, state, changes) {
    const next = nnc.stateOf(network);
    next.numbers = [...state.numbers];
    next.plain.set(state.plain);
    next.bits.set(state.bits.subarray(0, network.first));
    for (const { sets } of changes) for (const [signal, value] of sets) nnc.put(next, signal, value);
    return nnc.settle(network, next);
  }

  // Looks for changes that decide otherwise, a slice of time after the other; `tell` gets the words.
  function look(network, state, decide, tell) {
    const mine = ++search, before = decide(state), changes = changesOf(network, state);
    const found = [];
    let i = 0, j = 1, tried = 0, isPairs = false;
    const isOther = (tries) => { tried++; return decide(changed(network, state, tries)) !== before; };
    const step = () => {
      if (mine !== search) return;
      const end = performance.now() + SLICE;
      while (performance.now() < end) {
        if (!isPairs) {
          if (i < changes.length) { if (isOther([changes[i]])) found.push([changes[i]]); i++; continue; }
          if (found.length) return tell(nearestOf(found), 1, tried);
          [isPairs, i, j, tried] = [true, 0, 1, 0];
        }
        if (i >= changes.length - 1 || tried >= MOST_PAIRS) {
          return tell(found, 2, tried, tried >= MOST_PAIRS);
        }
        if (changes[i].group !== changes[j].group && isOther([changes[i], changes[j]])) found.push([changes[i], changes[j]]);
        if (++j >= changes.length) j = ++i + 1;
        if (found.length >= MOST_FOUND) return tell(found, 2, tried);
      }
      setTimeout(step);
    };
    byId("flips").dataset.done = "false";
    step();
  }

  // Of the changes of one number only the nearest up and the nearest down.
  function nearestOf(found) {
    const kept = new Map();
    for (const [change] of found) {
      if (!change.distance) { kept.set(change, change); continue; }
      const [[signal, number]] = change.sets, up = nnc.compare(number, app.state().numbers[signal]) > 0;
      const key = `${change.group} ${up}`, best = kept.get(key);
      if (!best || nnc.compare(change.distance, best.distance) < 0) kept.set(key, change);
    }
    return [...kept.values()].map((change) => [change]);
  }

  function showFlips(found, count, tried, isCut = false) {
    const box = byId("flips");
    box.dataset.done = "true";
    if (!found.length) {
      const words = isCut ? `Not by one change, and not by the first ${tried.toLocaleString("en")} pairs of changes.` : "Not within 2 changes.";
      box.replaceChildren(make("p", {}, words));
      return;
    }
    const apply = (changes) => app.apply(changes.flatMap(({ sets }) => sets));
    const items = found.slice(0, MOST_FOUND).map((changes) => make("li", {},
      make("button", { type: "button", class: "link", onclick: () => apply(changes) }, changes.map(({ text }) => text).join(" and "))));
    const more = found.length > MOST_FOUND ? [make("p", {}, `and ${found.length - MOST_FOUND} more`)] : [];
    box.replaceChildren(make("p", {}, count === 1 ? "One change is enough:" : "No single change is enough, but two together:"), make("ul", {}, ...items), ...more);
  }

  // ------------------------------------------------------------------------------------ panel

  function showNeuron(k) {
    const network = app.network(), state = app.state();
    const { name } = nnc.recordOf(network, k);
    fill(name, make("ul", { class: "limits" }, ...limitLines(network, k, state)), ...termTable(network, k, state));
    look(network, state, (each) => nnc.firedOf(network, k, each).join(), showFlips);
  }

  function showOutput(output) {
    const network = app.network(), state = app.state();
    const value = (each) => dom.shown(nnc.outputOf(network, output, each));
    const ofNeurons = output.kind === "sum" || output.kind === "largest";
    const names = [...new Set(output.signals.map((signal) => {
      const k = signal >= network.first ? nnc.neuronAt(network, signal) : -1;
      return k >= 0 ? nnc.nameOf(network, k) : nnc.signalName(network, signal);
    }))];
    const what = { sum: "the sum of", level: "how many thresholds fire of", largest: "the largest sum of" }[output.kind] ?? "made by";
    const rows = names.slice(0, MOST_TERMS).map((each) => {
      const k = nnc.find(network, each);
      const sum = k !== undefined && ofNeurons ? ` ${nnc.showNumber(nnc.sumOf(network, k, state))}` : "";
      return make("li", {}, app.canSelect(each) ? link(each) : each, sum);
    });
    const more = names.length > MOST_TERMS ? [make("p", {}, `and ${names.length - MOST_TERMS} more`)] : [];
    fill(`output ${output.name}`, make("p", {}, `gives ${value(state)}: ${what}`), make("ul", {}, ...rows), ...more);
    look(network, state, value, showFlips);
  }

  function fill(title, ...parts) {
    byId("why").replaceChildren(make("h3", { id: "chosen" }, title), ...parts,
      make("h3", {}, "What would change it"), make("div", { id: "flips", "aria-live": "polite" }, make("p", { class: "soft" }, "Looking…")));
  }

  return {
    show(selected) {
      search++;
      const network = app.network();
      const k = selected === null ? undefined : nnc.find(network, selected);
      const output = selected?.startsWith("output ") && network.outputs.find((each) => `output ${each.name}` === selected);
      if (!app.state()) byId("why").replaceChildren(make("p", {}, app.unevaluated(selected)));
      else if (k !== undefined) showNeuron(k);
      else if (output) showOutput(output);
      else byId("why").replaceChildren(make("p", { class: "soft" }, "Choose a neuron or an output, in the picture or in the table."));
    },
    spoken: () => [...document.querySelectorAll("#why .limits li, #why h3 + p")].map((each) => each.textContent).join("; "),
  };
};
