// The page: inputs, the picture of the chosen instance, outputs, and why; and what connects them.
(async () => {
  const data = JSON.parse(await unpacked("data"));
  const { byId, make, toggle } = dom;
  const sides = data.networks.map((each) => ({
    network: nnc.compile(each), assumed: each.assumed ? nnc.compile(each.assumed) : null, values: new Map(), wrong: new Map(), state: null,
  }));
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
    inputs, texts, values, shapes: data.shapes, change, apply, partValue, setAll,
    network, state: () => side().state, selected: () => place.selected, own: () => main.network,
    isCounted: (name) => !main.network.blocks.some((block) => block.layer !== undefined && block.sources.some((source) => isOf(name, source))),
    grids: [...document.querySelectorAll('[data-view="0"][data-file="0"] [data-kind="inputs"]')].map((box) => box.dataset.names.split(" ")),
    isTable: () => place.isTable, select, canSelect, go, instance, view, picture, enter, open,
    focusInput: (name) => controls.focus(name),
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
      made?.boxes.forEach(boxes.listen);
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
    picture()?.mark(box, box ? boxes.membersOf(box).indexOf(place.selected) : -1);
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

  // ------------------------------------------------------------------------------------ showing

  function go(kind, name) {
    if (kind === "input") controls.focus(name);
    else if (kind === "part") { showTab(false); open(instancesOf(network()).get(name)); byId("canvas").focus(); }
    else {
      select(kind === "output" ? `output ${name}` : name, true);
      if (!place.isTable) (boxOfSelected() ?? byId("chosen"))?.focus({ preventScroll: true });
      else document.querySelector(`#rows tr[data-name="${CSS.escape(name)}"] button`)?.focus();
    }
  }

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

  // Says which assumptions of the networks the inputs break: the outputs are given all the same.
  function showAssumptions() {
    const broken = new Set(sides.flatMap(({ assumed, state, values: own }) => {
      if (!assumed || !state) return [];
      const bits = nnc.run(assumed, own);
      return assumed.outputs.flatMap((output, i) => nnc.outputOf(assumed, output, bits) === "1" ? [assumed.data.words[i]] : []);
    }));
    const lines = [...broken].map((words) => make("p", { class: "wrong" }, `These inputs break the assumption ${words}`));
    if (byId("assumptions").textContent !== lines.map((each) => each.textContent).join("")) byId("assumptions").replaceChildren(...lines);
  }

  function update() {
    for (const each of sides) {
      each.state = data.open || each.wrong.size ? null : nnc.run(each.network, each.values);
    }
    showAssumptions();
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
  const boxes = makeBoxes(app);
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
