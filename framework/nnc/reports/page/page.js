// The page: inputs as controls, the picture alive, why a neuron fires, and what would change it.
(async () => {
  const { plan, wires, start, rows } = await nnc.data();
  const network = nnc.compile(plan);
  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "class") element.className = value;
      else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== null && value !== false) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };
  const values = new Map();  // of each input the elements that are in force
  const texts = new Map();   // and the text that they came from
  let signals = [], selected = null, rowNumber = 0;

  const signed = (q) => (q.n < 0n ? "" : "+") + nnc.showNumber(q);
  const magnitude = (q) => ({ n: q.n < 0n ? -q.n : q.n, d: q.d });
  const SIGN = { above: ">", at_least: "≥", below: "<", at_most: "≤" };

  // ---------------------------------------------------------------------------------- inputs

  const controls = new Map();  // of each input a function that shows its text

  function setInput(input, text, isTold = true) {
    const read = nnc.readInput(input, text);
    if (typeof read === "string") return read;
    values.set(input.name, read);
    texts.set(input.name, text);
    if (isTold) update();
    return null;
  }

  function typeOf(input) {
    const size = input.size === null ? "" : `(${input.size})`;
    const ends = input.min !== null || input.max !== null ? ` ${input.min ?? ""}…${input.max ?? ""}` : "";
    return input.type + size + ends;
  }

  function field(input) {
    const id = `input-${input.name}`;
    if (input.type === "bit" && input.size === null) return bitField(input, id);
    if (input.of) return choiceField(input, id);
    if (input.type === "bit" && input.size <= 1024 && Number.isInteger(Math.sqrt(input.size)) && input.size >= 16) {
      return make("div", { class: "field" }, make("span", { class: "label" }, input.name),
        pixels(input.name, Array.from({ length: input.size }, (_, i) => ({ input, i }))));
    }
    return textField(input, id);
  }

  function bitField(input, id) {
    const [off, on] = input.states.map(String);
    const box = make("input", { type: "checkbox", id, onchange: () => setInput(input, box.checked ? on : off) });
    controls.set(input.name, (text) => { box.checked = text === on; });
    return make("div", { class: "field row" }, box, make("label", { for: id }, input.name));
  }

  function choiceField(input, id) {
    const select = make("select", { id, onchange: () => setInput(input, select.value) },
      ...input.of.map((value) => make("option", { value }, value)));
    controls.set(input.name, (text) => { select.value = text; });
    return make("div", { class: "field" }, make("label", { for: id }, input.name), select);
  }

  function textField(input, id) {
    const wrong = make("small", { class: "wrong", id: `${id}-wrong`, role: "alert" });
    const box = make("input", { type: "text", id, "aria-describedby": `${id}-type ${id}-wrong`, spellcheck: "false" });
    let slider = null;
    const take = (text) => {
      const message = setInput(input, text);
      box.setAttribute("aria-invalid", String(message !== null));
      wrong.textContent = message === null ? "" : `${text.trim() || "nothing"}: ${message}`;
      if (message === null && slider) slider.value = text;
    };
    box.addEventListener("input", () => take(box.value));
    const row = make("div", { class: "row" }, box);
    const isShort = input.size === null && input.type === "integer" && input.min !== null && input.max !== null;
    if (isShort && Number(input.max) - Number(input.min) <= 1000) {
      slider = make("input", { type: "range", min: input.min, max: input.max, step: 1,
        "aria-label": `${input.name}, slider`, oninput: () => { box.value = slider.value; take(slider.value); } });
      row.append(slider);
    }
    controls.set(input.name, (text) => { box.value = text; if (slider) slider.value = text; box.setAttribute("aria-invalid", "false"); wrong.textContent = ""; });
    return make("div", { class: "field" }, make("label", { for: id }, input.name), row,
      make("small", { id: `${id}-type` }, typeOf(input)), wrong);
  }

  // A grid of bits: click, drag, arrow keys and Space.
  function pixels(name, cells) {
    const columns = Number.isInteger(Math.sqrt(cells.length)) ? Math.sqrt(cells.length) : 16;
    const grid = make("div", { class: "pixels", role: "group", "aria-label": `${name}: arrow keys move, Space changes` });
    grid.style.gridTemplateColumns = `repeat(${columns}, auto)`;
    const buttons = cells.map(({ input, i }, place) => make("button", {
      type: "button", tabindex: place ? -1 : 0, "aria-pressed": "false",
      "aria-label": input.size === null ? input.name : `${input.name}(${i})`,
    }));
    let paint = null;
    const isOn = (place) => values.get(cells[place].input.name)[cells[place].i] === 1;
    const put = (place, bit) => {
      const { input, i } = cells[place];
      const bits = [...values.get(input.name)];
      bits[i] = bit;
      const text = input.size === null ? String(input.states[bit])
        : String(bits.reduceRight((sum, each) => sum * 2n + BigInt(each), 0n));
      setInput(input, text);
    };
    buttons.forEach((button, place) => {
      button.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        button.focus();
        paint = isOn(place) ? 0 : 1;
        put(place, paint);
      });
      button.addEventListener("pointerenter", () => { if (paint !== null) put(place, paint); });
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
        if (event.key === " " || event.key === "Enter") { event.preventDefault(); put(place, isOn(place) ? 0 : 1); }
        if (step === undefined || !buttons[place + step]) return;
        event.preventDefault();
        button.tabIndex = -1;
        buttons[place + step].tabIndex = 0;
        buttons[place + step].focus();
      });
    });
    addEventListener("pointerup", () => { paint = null; });
    grid.append(...buttons);
    const show = () => buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(isOn(place))));
    for (const { input } of cells) controls.set(input.name, show);
    shows.push(show);
    return grid;
  }

  const shows = [];

  function buildInputs() {
    const inGrid = new Map();
    for (const box of document.querySelectorAll('[data-kind="inputs"]')) {
      const names = box.dataset.names.split(" ");
      for (const name of names) inGrid.set(name, names);
    }
    const form = byId("fields");
    for (const input of plan.inputs) {
      const names = inGrid.get(input.name);
      if (!names) form.append(field(input));
      else if (names[0] === input.name) {
        const cells = names.map((name) => ({ input: plan.inputs.find((each) => each.name === name), i: 0 }));
        const title = `${names.length} inputs`;
        form.append(make("div", { class: "field" }, make("span", { class: "label" }, title), pixels(title, cells)));
      }
    }
  }

  function setAll(given) {
    for (const input of plan.inputs) {
      const text = given[input.name];
      if (text !== undefined && nnc.readInput(input, text) instanceof Array) setInput(input, text, false);
    }
    update();
    for (const input of plan.inputs) controls.get(input.name)?.(texts.get(input.name));
  }

  // --------------------------------------------------------------------------------- picture

  const boxes = [...document.querySelectorAll("[data-kind]")];
  const paths = [...document.querySelectorAll("[data-wires]")];
  const toggle = (element, name, isOn) => element?.classList.toggle(name, isOn);

  function showNeuron(box, neuron) {
    const { sum, fired, nearest } = explained(neuron);
    const isOn = fired.some(Boolean);
    toggle(box.querySelector(".lamp"), "on", isOn);
    toggle(box.querySelector(".card"), "on", isOn);
    toggle(box.querySelector(".head"), "on", isOn);
    const counts = box.dataset.rows ? box.dataset.rows.split(" ").map(Number) : null;
    const amounts = [];
    if (counts) {
      const rowTexts = box.querySelectorAll(".amount");
      let at = 0;
      counts.forEach((count, row) => {
        let amount = nnc.fraction(0n, 1n), level = 0;
        for (let i = 0; i < count; i++, at++) {
          amount = nnc.plus(amount, nnc.amountOf(neuron, at, signals, network));
          level += signals[neuron.sources[at]] === 1;
        }
        amounts.push(amount);
        rowTexts[row].textContent = signed(amount);
        toggle(rowTexts[row], "none", amount.n === 0n);
        rowTexts[row].dataset.level = level;
      });
      showSteps(box, rowTexts, counts);
    }
    if (box.dataset.axis) showSum(box, sum, nearest);
    return amounts;
  }

  // Frames the cell of the stretch that a number is in: as many cut-offs are below it as are 1.
  function showSteps(box, rowTexts, counts) {
    const frames = [...box.querySelectorAll(".here")];
    const cells = [...box.querySelectorAll('rect[class^="step"]')];
    for (const frame of frames) {
      const own = cells.filter((cell) => cell.getAttribute("y") === frame.getAttribute("y"));
      const y = Number(frame.getAttribute("y"));
      const row = [...rowTexts].findIndex((text) => Math.abs(Number(text.getAttribute("y")) - 12 - y) < 4);
      const shift = counts[row] === own.length ? 1 : 0;  // the first cut-off is below all values
      const place = Math.max(0, Number(rowTexts[row].dataset.level) - shift);
      frame.setAttribute("x", own[place].getAttribute("x"));
    }
  }

  // How far a number is between two others, from 0 to 1: exact until it is a place to draw at.
  function shareOf(number, low, high) {
    const [part, whole] = [nnc.minus(number, low), nnc.minus(high, low)];
    const millionths = Number(part.n * whole.d * 1000000n / (part.d * whole.n));
    return Math.min(1, Math.max(0, millionths / 1000000));
  }

  function showSum(box, sum, nearest) {
    const [left, right, low, high] = box.dataset.axis.split(" ");
    const share = shareOf(sum, nnc.readNumber(low), nnc.readNumber(high));
    const x = Math.round(Number(left) + share * (right - left));
    const marker = box.querySelector("polygon.sum:not(.was)");
    const [, y] = marker.getAttribute("points").split(" ")[0].split(",");
    marker.setAttribute("points", `${x},${y} ${x - 4},${y - 7} ${x + 4},${y - 7}`);
    const text = box.querySelector("text.sum");
    text.textContent = sumText(sum, nearest);
    const half = Math.ceil(text.textContent.length * 3) + 1;
    const width = Number(box.querySelector(".card").getAttribute("width"));
    text.setAttribute("x", Math.max(4 + half, Math.min(width - 4 - half, x)));
  }

  function sumText(sum, nearest) {
    const text = `sum ${nnc.showNumber(sum)}`;
    if (!nearest) return text;
    const difference = nnc.minus(sum, nearest);
    if (!difference.n) return `${text}, on ${nnc.showNumber(nearest)}`;
    const side = difference.n > 0n ? "above" : "below";
    return `${text}, ${nnc.showNumber(magnitude(difference))} ${side} ${nnc.showNumber(nearest)}`;
  }

  function explained(neuron) {
    const sum = nnc.sumOf(neuron, signals);
    const fired = neuron.limits.map((_, i) => signals[neuron.first + i] === 1);
    let nearest = null;
    for (const limit of neuron.limits) {
      if (!nearest || nnc.compare(magnitude(nnc.minus(limit, sum)), magnitude(nnc.minus(nearest, sum))) < 0) nearest = limit;
    }
    return { sum, fired, nearest };
  }

  function showPill(box, value, isOn, labels) {
    toggle(box.querySelector(".pill"), "on", isOn);
    const text = box.querySelector(".value");
    if (text) text.textContent = value.length > 21 ? `${value.slice(0, 20)}…` : value;
    const frame = box.querySelector(".chosen");
    if (!frame || !labels) return;
    const place = labels.indexOf(value);
    const marks = box.querySelectorAll(".label");
    marks.forEach((mark, i) => toggle(mark, "on", i === place));
    if (marks[place]) frame.setAttribute("y", Number(marks[place].getAttribute("y")) - 11);
  }

  function showPicture() {
    const amounts = new Map();
    boxes.forEach((box, place) => {
      const names = box.dataset.names.split(" ");
      const { kind } = box.dataset;
      if (kind === "neuron") amounts.set(place, showNeuron(box, network.byName.get(names[0])));
      if (kind === "input") {
        const input = plan.inputs.find((each) => each.name === names[0]);
        const bit = input.type === "bit" && input.size === null && values.get(input.name)[0] === 1;
        showPill(box, texts.get(input.name), bit, input.of);
      }
      if (kind === "inputs") {
        box.querySelectorAll(".cell,.ink").forEach((cell, i) => {
          cell.setAttribute("class", values.get(names[i])[0] ? "ink" : "cell");
        });
      }
      if (kind === "neurons" || kind === "layer") {
        const own = kind === "neurons" ? names.map((name) => network.byName.get(name))
          : network.neurons.filter((neuron) => neuron.record.name.startsWith(`${names[0]}(`));
        const marks = box.querySelectorAll(".tile").length > 1 ? box.querySelectorAll(".tile") : box.querySelectorAll(".mark");
        marks.forEach((mark, i) => toggle(mark, "on", signals[own[i].first] === 1));
      }
      if (kind === "output") {
        const output = plan.outputs.find((each) => each.name === names[0]);
        const value = String(nnc.outputOf(network, output, signals));
        showPill(box, value, output.kind === "bit" && value === "1", output.labels);
      }
    });
    for (const path of paths) {
      const isIdle = path.dataset.wires.split(" ").every((wire) => {
        const [target, row] = wires[wire];
        const amount = amounts.get(target)?.[row];
        return amount !== undefined && amount.n === 0n;
      });
      toggle(path, "idle", isIdle);
    }
  }

  // ------------------------------------------------------------------------------------- why

  function showOutputs() {
    byId("outputs").replaceChildren(...plan.outputs.flatMap((output) => [
      make("dt", {}, output.name), make("dd", {}, String(nnc.outputOf(network, output, signals))),
    ]));
  }

  function showWhy() {
    const why = byId("why");
    const neuron = network.byName.get(selected);
    if (!neuron) {
      why.replaceChildren(make("p", {}, "Choose a neuron in the picture or in the table: its sum, what each source adds, and the nearest change."));
      return;
    }
    const { sum, fired } = explained(neuron);
    const limits = neuron.record.thresholds.map((limit, i) => {
      const distance = magnitude(nnc.minus(sum, neuron.limits[i]));
      return make("li", { class: fired[i] ? "on" : "" },
        `${limit.name}: ${fired[i] ? "fires" : "silent"}, Σ ${SIGN[limit.fires]} ${limit.threshold}, ${nnc.showNumber(distance)} away`);
    });
    const terms = neuron.record.sources.map((source, i) => ({ source, amount: nnc.amountOf(neuron, i, signals, network), weight: neuron.weights[i] }));
    terms.sort((a, b) => nnc.compare(magnitude(b.amount), magnitude(a.amount)));
    const table = make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "source"), make("th", { scope: "col", class: "number" }, "weight"), make("th", { scope: "col", class: "number" }, "adds"))),
      make("tbody", {}, ...terms.slice(0, 40).map(({ source, weight, amount }) => make("tr", {}, make("td", {}, source), make("td", { class: "number" }, signed(weight)), make("td", { class: "number" }, signed(amount))))));
    why.replaceChildren(make("p", {}, make("strong", {}, selected), ` sum ${nnc.showNumber(sum)}`), make("ul", {}, ...limits), table);
    if (terms.length > 40) why.append(make("p", {}, `and ${terms.length - 40} more sources`));
    why.append(make("h3", {}, "What would change it"), make("p", {}, flips(neuron)));
  }

  // Every single change of an input, and the next cut-off of a number on both sides.
  function changesOf(input) {
    const current = values.get(input.name);
    if (input.of) return input.of.filter((_, i) => !current[i]).map((value) => value);
    if (input.type === "bit") {
      if (input.size === null) return [String(input.states[1 - current[0]])];
      if (input.size > 256 || String(input.states) !== "0,1") return [];
      const number = current.reduceRight((sum, bit) => sum * 2n + BigInt(bit), 0n);
      return current.map((_, i) => String(number ^ (1n << BigInt(i))));
    }
    if (input.size !== null) return [];
    const cuts = network.neurons.filter(({ record }) => record.kind === "step" && record.sources[0] === input.name);
    const found = [];
    for (const { record } of cuts) {
      for (const limit of record.thresholds) {
        const cut = nnc.readNumber(limit.threshold);
        const one = { n: 1n, d: 1n };
        for (const q of input.type === "integer" ? [nnc.minus(cut, one), cut, nnc.plus(cut, one)] : [cut]) {
          found.push(nnc.showNumber(q));
        }
      }
    }
    return found.filter((text) => nnc.readInput(input, text) instanceof Array && text !== texts.get(input.name));
  }

  function flips(neuron) {
    const before = neuron.limits.map((_, i) => signals[neuron.first + i]).join("");
    const found = [];
    let tried = 0;
    for (const input of plan.inputs) {
      for (const text of changesOf(input)) {
        if (++tried > 5000) break;
        const changed = new Map(values);
        changed.set(input.name, nnc.readInput(input, text));
        const after = nnc.run(network, changed);
        if (neuron.limits.map((_, i) => after[neuron.first + i]).join("") !== before) found.push(`${input.name} = ${text}`);
      }
    }
    if (!found.length) return "No change of a single input.";
    return `One of: ${found.slice(0, 12).join("; ")}${found.length > 12 ? `; and ${found.length - 12} more` : ""}`;
  }

  // ----------------------------------------------------------------------------------- table

  const MOST = 500;

  function showTable() {
    if (byId("table").hidden) return;
    const query = byId("search").value.trim().toLowerCase();
    const chosen = network.neurons.filter(({ record }) => record.name.toLowerCase().includes(query));
    byId("rows").replaceChildren(...chosen.slice(0, MOST).map((neuron) => {
      const { sum, fired, nearest } = explained(neuron);
      const button = make("button", { type: "button", onclick: () => select(neuron.record.name) }, neuron.record.name);
      return make("tr", { class: fired.some(Boolean) ? "fires" : "" }, make("td", {}, button),
        make("td", {}, fired.some(Boolean) ? "fires" : "silent"), make("td", { class: "number" }, nnc.showNumber(sum)),
        make("td", { class: "number" }, nearest ? nnc.showNumber(nearest) : ""),
        make("td", { class: "number" }, nearest ? nnc.showNumber(magnitude(nnc.minus(sum, nearest))) : ""));
    }));
    byId("count").textContent = chosen.length > MOST ? `${MOST} of ${chosen.length} neurons; search for others` : `${chosen.length} neurons`;
  }

  function showTab(isTable) {
    byId("table").hidden = !isTable;
    byId("canvas").hidden = isTable;
    byId("tab-table").setAttribute("aria-pressed", String(isTable));
    byId("tab-picture").setAttribute("aria-pressed", String(!isTable));
    showTable();
  }

  // ------------------------------------------------------------------------------------ page

  function select(name) {
    selected = name;
    showWhy();
    byId("live").textContent = `${name}: ${byId("why").querySelector("ul")?.textContent ?? ""}`;
    remember();
  }

  function remember() {
    const state = Object.fromEntries(plan.inputs.map((input) => [input.name, texts.get(input.name)]));
    try {
      history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify({ state, selected }))}`);
    } catch { /* a frame in a sandbox may not */ }
  }

  function update() {
    if (plan.inputs.some((input) => !values.has(input.name))) return;
    signals = nnc.run(network, values);
    showPicture();
    showOutputs();
    showWhy();
    showTable();
    for (const show of shows) show();
    remember();
  }

  let zoom = 1;
  function setZoom(factor) {
    const svg = byId("canvas").querySelector("svg");
    zoom = factor ? Math.min(4, Math.max(0.1, zoom * factor)) : Math.min(1, byId("canvas").clientWidth / svg.viewBox.baseVal.width);
    svg.setAttribute("width", Math.round(svg.viewBox.baseVal.width * zoom));
    svg.setAttribute("height", Math.round(svg.viewBox.baseVal.height * zoom));
  }

  function showRow(step) {
    rowNumber = Math.min(rows.length - 1, Math.max(0, rowNumber + step));
    byId("row").textContent = `row ${rowNumber + 1} of ${rows.length}`;
    setAll(Object.fromEntries(plan.inputs.map((input, i) => [input.name, rows[rowNumber][i]])));
  }

  buildInputs();
  for (const box of boxes) {
    box.setAttribute("tabindex", "0");
    box.setAttribute("aria-roledescription", box.dataset.kind);
    const act = () => {
      const name = box.dataset.names.split(" ")[0];
      const layer = network.neurons.find(({ record }) => record.name.startsWith(`${name}(`));
      if (network.byName.has(name)) select(name);
      else if (layer && box.dataset.kind === "layer") select(layer.record.name);
      else document.getElementById(`input-${name}`)?.focus();
    };
    box.addEventListener("click", act);
    box.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(); } });
  }
  byId("tab-picture").addEventListener("click", () => showTab(false));
  byId("tab-table").addEventListener("click", () => showTab(true));
  byId("search").addEventListener("input", () => { showTab(true); });
  byId("zoom-in").addEventListener("click", () => setZoom(1.25));
  byId("zoom-out").addEventListener("click", () => setZoom(0.8));
  byId("fit").addEventListener("click", () => setZoom(0));
  byId("reset").addEventListener("click", () => setAll(start));
  byId("canvas").addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    setZoom(event.deltaY < 0 ? 1.1 : 0.9);
  }, { passive: false });
  if (rows.length) {
    byId("steps").hidden = false;
    byId("before").addEventListener("click", () => showRow(-1));
    byId("after").addEventListener("click", () => showRow(1));
  }
  let state = start;
  try {
    const kept = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    state = { ...start, ...kept.state };
    selected = kept.selected;
  } catch { /* no state, or one of something else */ }
  setAll(state);
  if (rows.length) showRow(0);
  if (boxes.length) setZoom(0);
  else showTab(true);  // the picture is an overview
  document.documentElement.dataset.ready = "true";
})();
