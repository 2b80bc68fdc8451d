// The page: inputs, the picture of the chosen instance, outputs, and why; and what connects them.
(async () => {
  const data = JSON.parse(await unpacked("data"));
  const { byId, make, toggle, magnitude } = dom;
  const sides = data.networks.map((each) => ({ network: nnc.compile(each), values: new Map(), wrong: new Map(), state: null }));
  const main = sides.at(-1), isCompared = sides.length > 1;
  const texts = new Map();
  const inputs = [...main.network.inputs, ...sides[0].network.inputs.filter(({ name }) => !main.network.inputs.some((each) => each.name === name))];
  const place = { view: 0, instance: 0, selected: null, isTable: false };

  const view = () => data.views[place.view];
  const side = () => sides[view().network];
  const network = () => side().network;

  // ----------------------------------------------------------------------------------- values

  // Gives an input a text; returns what is wrong with it, else null.
  function take(input, text) {
    const read = nnc.readInput(input, text);
    if (typeof read === "string") return read;
    for (const each of sides) {
      const own = each.network.inputs.find(({ name }) => name === input.name);
      if (!own) continue;
      const elements = nnc.readInput(own, text);
      each.wrong.delete(input.name);
      if (typeof elements === "string") each.wrong.set(input.name, elements);
      else each.values.set(input.name, elements);
    }
    values.set(input.name, read);
    texts.set(input.name, text.trim());
    return null;
  }

  const values = new Map();

  function change(input, text) {
    const wrong = take(input, text);
    if (wrong === null) update();
    return wrong;
  }

  function setAll(given) {
    for (const input of inputs) if (given[input.name] !== undefined) take(input, given[input.name]);
    update();
  }

  // Sets signals of inputs, as the changes in the panel do.
  function apply(sets) {
    const changed = new Map();
    for (const [signal, value] of sets) {
      const input = network().inputs.findLast((each) => each.first <= signal);
      if (!changed.has(input)) changed.set(input, [...side().values.get(input.name)]);
      changed.get(input)[signal - input.first] = value;
    }
    setAll(Object.fromEntries([...changed].map(([input, elements]) => [input.name, nnc.writeInput(input, elements)])));
  }

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
      if (of.isNumber.includes(1)) for (let k = 0; k < of.neurons; k++) {
        for (let j = of.starts[k]; j < of.starts[k + 1]; j++) {
          const source = of.sources[j];
          if (source >= of.first || !of.isNumber[source]) continue;
          if (!of.readers.has(source)) of.readers.set(source, []);
          of.readers.get(source).push([k, j - of.starts[k]]);
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

  const MOST_CUTS = 200;

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

  function rangeOf(input) {
    const own = main.network.inputs.find((each) => each === input);
    let [low, high] = [input.min, input.max].map((end) => (end === null ? null : nnc.readNumber(end)));
    if (!own || (low && high)) return [low, high];
    const numbers = [];
    for (const each of main.network.inputs) if (main.network.isNumber[each.first]) for (let i = 0; i < each.width; i++) numbers[each.first + i] = { n: 0n, d: 1n };
    const state = { bits: new Uint8Array(main.network.count), numbers };
    const cuts = cutsOf(main.network, state, input.first);
    if (!cuts.length) return [low, high];
    const half = nnc.times(nnc.minus(cuts.at(-1), cuts[0]), { n: 1n, d: 2n });
    const room = { n: half.n / half.d + 1n, d: 1n };
    const whole = (q) => ({ n: q.n / q.d, d: 1n });
    low ??= whole(nnc.minus(cuts[0], room));
    high ??= whole(nnc.plus(cuts.at(-1), room));
    return [low, high];
  }

  // ------------------------------------------------------------------------------------ places

  const instancesOf = (of) => of.byInstance ??= new Map(of.data.instances.map(([, , name], i) => [name, i]));
  const instance = () => network().data.instances[place.instance];

  function sceneOf(each, name) {
    const at = instancesOf(each.network).get(name);
    if (at === undefined || !each.state) return null;
    const [file, , , own, outputs] = each.network.data.instances[at];
    const files = each === side() ? view().files : data.views.find((other) => sides[other.network] === each).files;
    return { network: each.network, state: each.state, prefix: name && `${name}.`, file: files[file], signals: [own, outputs], name };
  }

  // What an output of a part gives, of all its instances end to end; null for what is no signal.
  function partValue(scene, part, outlet) {
    const of = scene.network, all = instancesOf(of), signals = [];
    const [, count, file] = scene.file.parts.find(([name]) => name === part) ?? [];
    if (file === undefined) return null;
    const output = view().files[file].outputs.findIndex(({ name }) => name === outlet);
    if (output < 0 || !["bit", "bus", "number"].includes(view().files[file].outputs[output].kind)) return null;
    for (let i = 0; i < (count || 1); i++) {
      const at = all.get(`${scene.prefix}${part}${count ? `(${i})` : ""}`);
      if (at !== undefined) signals.push(...of.data.instances[at][4][output]);
    }
    const shown = signals.map((signal) => nnc.showNumber(nnc.valueOf(of, signal, scene.state)));
    const areBits = shown.every((text) => text === "0" || text === "1");
    if (areBits && shown.length > 1) return String(BigInt(`0b${shown.reverse().join("")}`));
    return shown.slice(0, 32).join(",");
  }

  const sheets = new Map();
  const app = {
    inputs, texts, values, shapes: data.shapes, change, apply, nearest, nearCuts, rangeOf, partValue, setAll,
    network, state: () => side().state, selected: () => place.selected, ownInputs: () => main.network.inputs,
    isCounted: (name) => !main.network.blocks.some((block) => block.layer !== undefined && block.sources.some((source) => isOf(name, source))),
    grids: [...document.querySelectorAll('[data-view="0"][data-file="0"] [data-kind="inputs"]')].map((box) => box.dataset.names.split(" ")),
    isTable: () => place.isTable, select, canSelect, go,
    unevaluated: (name) => (data.open ? boxOfSelected()?.querySelector("title").textContent ?? name ?? data.open : "These inputs are not valid here."),
    searched(text) {
      table.search(text);
      for (const box of picture()?.boxes ?? []) toggle(box, "found", text !== "" && box.dataset.names.toLowerCase().includes(text));
    },
  };

  function isOf(name, source) {
    const input = main.network.inputs.find((each) => each.name === name);
    return input && source >= input.first && source < input.first + input.width;
  }

  function picture() {
    const key = `${place.view} ${instance()[0]}`;
    if (!sheets.has(key)) {
      const sheet = document.querySelector(`.sheet[data-view="${place.view}"][data-file="${instance()[0]}"]`);
      const made = sheet.querySelector("[data-kind]") ? makePicture(sheet, app) : null;
      sheets.set(key, made);
      made?.boxes.forEach(listen);
    }
    return sheets.get(key);
  }

  // A name of a neuron, or of one of its thresholds.
  function neuronOf(name) {
    if (nnc.find(network(), name) !== undefined) return name;
    const whole = name.slice(0, Math.max(0, name.lastIndexOf(".")));
    return nnc.find(network(), whole) !== undefined ? whole : null;
  }

  function canSelect(name) {
    return neuronOf(name) !== null || inputOf(name) !== undefined;
  }

  const inputOf = (name) => inputs.find((each) => each.name === name || name.startsWith(`${each.name}(`) || name.startsWith(`${each.name}.`));

  function select(name, isShown = false) {
    const neuron = name.startsWith("output ") ? name : neuronOf(name);
    if (neuron === null) {
      const input = inputOf(name);
      if (input) controls.focus(input.name);
      return;
    }
    place.selected = neuron;
    if (isShown && !place.isTable) open(instancesOf(network()).get(homeOf(neuron)) ?? 0);
    showSelected();
    byId("live").textContent = `${neuron}: ${why.spoken()}`;
    remember();
  }

  const homeOf = (name) => {
    const declared = name.split(/[>:]/)[0];
    return name.startsWith("output ") ? "" : declared.slice(0, Math.max(0, declared.lastIndexOf(".")));
  };

  function boxOfSelected() {
    const { selected } = place;
    if (selected === null || homeOf(selected) !== instance()[2]) return null;
    if (selected.startsWith("output ")) return picture()?.boxOf(selected.slice(7), "output");
    const own = selected.slice(homeOf(selected).length).replace(/^\./, "");
    return picture()?.boxOf(own) ?? picture()?.boxOf(own.replace(/\([0-9]+\)$/, ""), "layer");
  }

  function markSelected() {
    const box = boxOfSelected();
    picture()?.mark(box, box ? membersOf(box).indexOf(place.selected) : -1);
  }

  function showSelected() {
    markSelected();
    zoom.reveal(boxOfSelected());
    why.show(place.selected);
    if (place.isTable) table.show();
  }

  function open(at) {
    if (at === place.instance && sheets.size) return;
    place.instance = at;
    showPlace();
    zoom.fit();
    showPicture();
    remember();
  }

  // Shows the sheet of the place, and the way to it.
  function showPlace() {
    for (const sheet of document.querySelectorAll(".sheet")) {
      sheet.hidden = sheet.dataset.view !== String(place.view) || sheet.dataset.file !== String(instance()[0]);
    }
    toggle(document.body, "in-part", place.instance !== 0);
    const way = [];
    for (let at = place.instance; at >= 0; at = network().data.instances[at][1]) way.unshift(at);
    byId("way").hidden = network().data.instances.length < 2;
    byId("way").replaceChildren(make("ol", {}, ...way.map((at, depth) => {
      const [, user, name] = network().data.instances[at];
      const short = user < 0 ? network().data.name : name.slice(network().data.instances[user][2].length).replace(/^\./, "");
      const isLast = depth === way.length - 1;
      return make("li", {}, make("button", { type: "button", "aria-current": isLast ? "page" : null, onclick: () => { open(at); byId("canvas").focus(); } }, short));
    })), ...chooser());
  }

  // Which of the instances of a repeated part.
  function chooser() {
    const [, user, name] = instance();
    const [, part, number] = /^(.*)\(([0-9]+)\)$/.exec(name) ?? [];
    if (part === undefined || user < 0) return partList();
    const all = instancesOf(network());
    const files = view().files, own = part.slice(network().data.instances[user][2].length).replace(/^\./, "");
    const count = files[network().data.instances[user][0]].parts.find(([each]) => each === own)?.[1] ?? 1;
    const field = make("input", { type: "number", id: "instance", min: 0, max: count - 1, value: number, onchange: () => {
      const at = all.get(`${part}(${Math.round(Number(field.value))})`);
      if (at === undefined) { field.value = number; return; }
      open(at);
      byId("instance").focus();
    } });
    return [make("label", { for: "instance" }, "instance "), field, make("span", { class: "soft" }, ` of 0…${count - 1}`), ...partList()];
  }

  // The parts of the file that is shown, for those who do not see its picture.
  function partList() {
    const { parts } = view().files[instance()[0]];
    if (!parts.length) return [];
    return [make("span", { class: "soft" }, "parts: "), ...parts.map(([name]) => make("button", { type: "button", class: "link", onclick: () => { enter(name); byId("canvas").focus(); } }, name))];
  }

  function enter(part) {
    const prefix = instance()[2] && `${instance()[2]}.`, all = instancesOf(network());
    const at = all.get(`${prefix}${part}(0)`) ?? all.get(prefix + part);
    if (at !== undefined) open(at);
  }

  function beside(step) {
    const [, part, number] = /^(.*)\(([0-9]+)\)$/.exec(instance()[2]) ?? [];
    const at = part === undefined ? undefined : instancesOf(network()).get(`${part}(${Number(number) + step})`);
    if (at !== undefined) open(at);
  }

  // ------------------------------------------------------------------------------------- boxes

  function listen(box) {
    box.setAttribute("tabindex", "0");
    box.setAttribute("aria-roledescription", box.dataset.kind);
    box.addEventListener("click", (event) => act(box, event.target));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") act(box, null);
      else if (!(event.key === "ArrowRight" || event.key === "ArrowLeft") || !moveIn(box, event.key === "ArrowRight" ? 1 : -1)) return;
      event.preventDefault();
    });
    const light = (isOn) => picture()?.light(isOn ? box : null, view().files[instance()[0]].wires);
    for (const [name, isOn] of [["pointerenter", true], ["focus", true], ["pointerleave", false], ["blur", false]]) box.addEventListener(name, () => light(isOn));
  }

  const membersOf = (box) => {
    const [name] = box.dataset.names.split(" "), prefix = instance()[2] && `${instance()[2]}.`;
    if (box.dataset.kind === "neurons") return box.dataset.names.split(" ").map((each) => prefix + each);
    const block = network().blocks.find((each) => each.layer === prefix + name);
    return block ? Array.from({ length: block.size }, (_, i) => `${block.layer}(${i})`) : [];
  };

  // The arrow keys go through the neurons of a layer.
  function moveIn(box, step) {
    const members = box.dataset.kind === "neurons" || box.dataset.kind === "layer" ? membersOf(box) : [];
    const next = members[members.indexOf(place.selected) + step];
    if (next === undefined) return false;
    select(next);
    return true;
  }

  function memberAt(box, target) {
    const members = membersOf(box), list = (selector) => [...box.querySelectorAll(`:scope > ${selector}`)];
    if (target === null) return members.includes(place.selected) ? place.selected : members[0];
    for (const marks of [list("image"), list(".tile"), list(".mark"), list(".row")]) {
      const at = marks.indexOf(target.closest("image,.tile,.mark,.row"));
      if (marks.length > 1 && at >= 0 && members[at]) return members[at];
    }
    return members[0];
  }

  function act(box, target) {
    const { kind } = box.dataset, [name] = box.dataset.names.split(" "), prefix = instance()[2] && `${instance()[2]}.`;
    if (kind === "part") enter(name);
    else if (kind === "neuron") select(prefix + name);
    else if (kind === "neurons" || kind === "layer") select(memberAt(box, target));
    else if (kind === "output" && !prefix) select(`output ${name}`);
    else if (!prefix) controls.focus(name);
    else follow(kind, name);
  }

  // From a port of a part to what it is wired to, or what makes it.
  function follow(kind, name) {
    const [file, user, , own, outputs] = instance(), { inputs: ports, outputs: taps } = view().files[file];
    let signal;
    if (kind === "output") [signal] = outputs[taps.findIndex((each) => each.name === name)] ?? [];
    else {
      let at = 0;
      for (const port of ports) {
        if (port.name === name) break;
        at += port.of ? port.of.length : port.size ?? 1;
      }
      signal = own[at];
    }
    if (signal === undefined || signal < 2) return;
    if (signal < network().first) open(user);
    else select(nnc.nameOf(network(), nnc.neuronAt(network(), signal)), true);
  }

  function go(kind, name) {
    if (kind === "input") controls.focus(name);
    else if (kind === "part") { showTab(false); open(instancesOf(network()).get(name)); byId("canvas").focus(); }
    else {
      select(kind === "output" ? `output ${name}` : name, true);
      if (!place.isTable) (boxOfSelected() ?? byId("chosen"))?.focus({ preventScroll: true });
      else document.querySelector(`#rows tr[data-name="${CSS.escape(name)}"] button`)?.focus();
    }
  }

  // ------------------------------------------------------------------------------------ showing

  function showPicture() {
    const scene = sceneOf(side(), instance()[2]);
    const before = isCompared && place.view === 0 ? sceneOf(sides[0], instance()[2]) : null;
    if (scene && picture()) picture().show(scene, before);
    markSelected();
  }

  function outputText(each, name) {
    const output = each.network.outputs.find((one) => one.name === name);
    if (!output) return null;
    if (data.open) return "—";
    if (!each.state) return `not for ${[...each.wrong].map(([input, wrong]) => `${input}: ${wrong}`).join(", ")}`;
    return dom.shown(nnc.outputOf(each.network, output, each.state));
  }

  // What an output gives, or one element of it: `sum(3)`.
  function elementText(name, element) {
    if (name === element || !main.state) return outputText(main, name);
    const output = main.network.outputs.find((each) => each.name === name), i = Number(element.slice(name.length + 1, -1));
    const values = nnc.outputOf(main.network, output, main.state);
    return output.is_integer ? String(BigInt(values) >> BigInt(i) & 1n) : values[i];
  }

  function showOutputs() {
    const names = [...new Set([...main.network.outputs, ...sides[0].network.outputs].map(({ name }) => name))];
    const expected = rows.expected();
    byId("outputs").replaceChildren(...names.flatMap((name) => {
      const [before, after] = [outputText(sides[0], name), outputText(main, name)];
      const parts = [];
      if (isCompared && before !== after) parts.push(make("span", { class: "was" }, before ?? "none"), " → ", make("strong", {}, after ?? "none"));
      else parts.push(after);
      for (const [each, wanted] of Object.entries(expected ?? {})) {
        if (each !== name && !each.startsWith(`${name}(`)) continue;
        const isRight = elementText(name, each) === wanted, what = each === name ? "" : `${each} = `;
        parts.push(make("small", { class: isRight ? "right" : "wrong" }, isRight ? ` ✓ ${what && `${what}${wanted} `}as expected` : ` ✗ expected ${what}${wanted}`));
      }
      return [make("dt", {}, name), make("dd", { class: isCompared && before !== after ? "otherwise" : "" }, ...parts)];
    }));
  }

  function update() {
    for (const each of sides) {
      each.state = data.open || each.wrong.size ? null : nnc.run(each.network, each.values);
    }
    showPicture();
    rows.show();
    showOutputs();
    why.show(place.selected);
    table.show();
    controls.show();
    remember();
  }

  function showTab(isTable) {
    place.isTable = isTable;
    byId("table").hidden = !isTable;
    for (const id of ["canvas", "zooms"]) byId(id).hidden = isTable;
    byId("way").hidden = isTable || network().data.instances.length < 2;
    byId("tab-table").setAttribute("aria-pressed", String(isTable));
    byId("tab-picture").setAttribute("aria-pressed", String(!isTable));
    byId("found").hidden = true;
    table.show();
    if (!isTable) zoom.fit();
    remember();
  }

  function showView(at) {
    const name = instance()[2];
    place.view = at;
    place.instance = instancesOf(network()).get(name) ?? 0;
    for (const button of document.querySelectorAll("#views button")) button.setAttribute("aria-pressed", String(button.dataset.view === String(at)));
    showPlace();
    zoom.fit();
    showPicture();
    why.show(place.selected);
    table.show();
    remember();
  }

  // ----------------------------------------------------------------------------------- address

  const WAIT = 150;  // browsers take their time for a new address, and count them
  let timer = null;

  function remember() {
    clearTimeout(timer);
    timer = setTimeout(keep, WAIT);
  }

  // Keeps in the address what differs from the beginning.
  function keep() {
    const changed = Object.fromEntries(inputs.filter(({ name }) => texts.get(name) !== data.start[name]).map(({ name }) => [name, texts.get(name)]));
    const kept = { inputs: changed, selected: place.selected, part: instance()[2], view: place.view, table: place.isTable };
    try {
      history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(kept))}`);
    } catch { /* a frame in a sandbox may not */ }
  }

  function recall() {
    let kept = {};
    try {
      kept = JSON.parse(decodeURIComponent(location.hash.slice(1))) ?? {};
    } catch { /* no state, or one of something else */ }
    if (data.views[kept.view]) place.view = kept.view;
    place.instance = instancesOf(network()).get(kept.part) ?? 0;
    place.selected = typeof kept.selected === "string" ? kept.selected : null;
    place.isTable = kept.table === true || !document.querySelector('.sheet[data-view="0"][data-file="0"] [data-kind]');
    const given = Object.entries(kept.inputs ?? {}).filter(([, text]) => typeof text === "string");
    return { ...Object.fromEntries(inputs.map((input) => [input.name, firstText(input)])), ...data.start, ...Object.fromEntries(given) };
  }

  // What an input begins with that only the older network has.
  function firstText(input) {
    if (input.of) return input.of[0];
    if (input.type === "bit" && input.size !== null && String(input.states) === "0,1") return "0";
    const one = input.type === "bit" ? input.states[0] : input.min ?? (input.max !== null && input.max.startsWith("-") ? input.max : "0");
    return input.size === null ? one : Array(input.size).fill(one).join(",");
  }

  // ------------------------------------------------------------------------------------- start

  const zoom = makeZoom(byId("canvas"));
  const why = makeWhy(app);
  const table = makeTable(app);
  const rows = makeRows(app, data);
  const beginning = recall();
  for (const input of inputs) if (take(input, beginning[input.name]) !== null) take(input, firstText(input));
  const controls = makeInputs(app);
  makeSearch(app);

  byId("tab-picture").addEventListener("click", () => showTab(false));
  byId("tab-table").addEventListener("click", () => showTab(true));
  byId("reset").addEventListener("click", () => setAll({ ...Object.fromEntries(inputs.map((input) => [input.name, firstText(input)])), ...data.start }));
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement, isDark = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    root.dataset.theme = isDark ? "light" : "dark";
  });
  byId("canvas").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key === "Backspace" && place.instance) { open(instance()[1]); byId("canvas").focus(); }
    else if (key === "[" || key === "]") { beside(key === "]" ? 1 : -1); byId("canvas").focus(); }
    else if (!zoom.key(key) && !rows.key(key)) return;
    event.preventDefault();
  });
  if (isCompared) {
    byId("views").hidden = false;
    byId("views").append(...data.views.map(({ title }, i) => make("button", { type: "button", "data-view": i, "aria-pressed": String(i === place.view), onclick: () => showView(i) }, title)));
  }
  if (data.open) {
    byId("verdict").textContent = `${data.open[0].toUpperCase()}${data.open.slice(1)}.`;
    byId("verdict").hidden = false;
    for (const id of ["fields", "reset", "tabs"]) byId(id).hidden = true;
    place.isTable = false;
  }
  showPlace();
  showTab(place.isTable);
  update();
  rows.begin();
  showSelected();
  addEventListener("hashchange", () => {
    if (!/^#(%7B|\{)/.test(location.hash)) return;  // the link to the inputs
    setAll(recall());
    showView(place.view);
    showTab(place.isTable);
    showSelected();
  });
  performance.mark("ready");
  document.documentElement.dataset.ready = "true";
})();
