// The inputs as controls: checkboxes, choices, fields with sliders, grids of bits.
// `app` has `inputs`, `values` (elements by name), `texts`, `shapes` and `change(input, text)`.
const makeInputs = (app) => {
  const { make } = dom;
  const controls = new Map();  // of each input a function that shows its value
  const MOST_STEPS = 10000, MOST_BITS = 1024, MOST_PIXELS = 4096;

  function typeOf(input) {
    const size = input.size === null ? "" : `(${input.size})`;
    const ends = input.min !== null || input.max !== null ? ` ${input.min ?? ""}…${input.max ?? ""}` : "";
    const states = input.type === "bit" && String(input.states) !== "0,1" ? ` ${input.states.join(" or ")}` : "";
    return input.type + size + ends + states;
  }

  function field(input) {
    const id = `input-${input.name}`;
    if (input.type === "bit" && input.size === null) return bitField(input, id);
    if (input.of) return choiceField(input, id);
    if (input.type === "bit") return busField(input, id);
    if (isGrey(input)) return greyField(input, id);
    return textField(input, id);
  }

  function described(input, id) {
    return make("small", { id: `${id}-type` }, [typeOf(input), input.description].filter(Boolean).join(" · "));
  }

  function bitField(input, id) {
    const [off, on] = input.states;
    const box = make("input", { type: "checkbox", id, "aria-describedby": input.description ? `${id}-type` : null, onchange: () => app.change(input, box.checked ? on : off) });
    controls.set(input.name, () => { box.checked = app.values.get(input.name)[0] === 1; });
    const states = String(input.states) === "0,1" ? [] : [make("small", {}, `${off} or ${on}`)];
    const row = make("div", { class: "field row" }, box, make("label", { for: id }, input.name), ...states);
    return input.description ? make("div", { class: "field" }, row, make("small", { id: `${id}-type` }, input.description)) : row;
  }

  function choiceField(input, id) {
    const select = make("select", { id, onchange: () => app.change(input, select.value) },
      ...input.of.map((value) => make("option", { value }, value)));
    controls.set(input.name, () => { select.value = app.texts.get(input.name); });
    const note = input.description ? [make("small", {}, input.description)] : [];
    return make("div", { class: "field" }, make("label", { for: id }, input.name), select, ...note);
  }

  // A bus of bits: its text, and below it its bits, the highest first, or a grid of pixels.
  function busField(input, id) {
    const box = textField(input, id);
    const shape = app.shapes[input.name] ?? pictureOf(input) ?? squareOf(input.size);
    const isPicture = (app.shapes[input.name] ?? pictureOf(input)) !== null || (shape && input.size >= 16 && !isCounted(input));
    if (isPicture && input.size <= MOST_PIXELS) {
      box.append(grid(input.name, bitsOf(input), shape[0], true));
    } else if (input.size <= MOST_BITS) {
      const bits = isCounted(input) ? bitsOf(input).reverse() : bitsOf(input);
      const row = grid(input.name, bits, 16, false);
      box.append(input.size > 16 ? make("details", {}, make("summary", {}, `${input.size} bits`), row) : row);
    }
    return box;
  }

  const isCounted = (input) => String(input.states) === "0,1" && app.isCounted(input.name);
  // The columns and rows of a picture of one channel.
  const pictureOf = ({ shape }) => shape && (shape.length === 2 || (shape.length === 3 && shape[2] === 1)) ? [shape[1], shape[0]] : null;
  const isGrey = (input) => pictureOf(input) !== null && input.min !== null && input.max !== null && input.size <= MOST_PIXELS;

  const sumOfEnds = ({ min, max }) => nnc.plus(nnc.readNumber(min), nnc.readNumber(max));
  const middleOf = (input) => nnc.times(sumOfEnds(input), { n: 1n, d: 2n });

  // The background of a picture: 1 where most pixels at its edges are above the middle of their range.
  function backgroundOf(input) {
    const [columns, rows] = pictureOf(input), middle = middleOf(input);
    const edges = app.values.get(input.name).filter((_, i) => i < columns || i >= columns * (rows - 1) || i % columns === 0 || (i + 1) % columns === 0);
    return 2 * edges.filter((value) => nnc.compare(value, middle) > 0).length > edges.length ? 1 : 0;
  }

  // A picture of numbers: its text, and its pixels from the least to the greatest number.
  function greyField(input, id) {
    const box = textField(input, id), button = (text, onclick) => make("button", { type: "button", onclick }, text);
    const clear = () => app.change(input, Array(input.size).fill(backgroundOf(input) ? input.max : input.min).join(","));
    const invert = () => app.change(input, nnc.writeInput(input, app.values.get(input.name).map((value) => nnc.minus(sumOfEnds(input), value))));
    box.append(grid(input.name, bitsOf(input), pictureOf(input)[0], true), button("Clear", clear), button("Invert", invert));
    return box;
  }

  const bitsOf = (input) => Array.from({ length: input.size }, (_, i) => ({ input, i }));
  const squareOf = (count) => Number.isInteger(Math.sqrt(count)) ? [Math.sqrt(count), Math.sqrt(count)] : null;

  function textField(input, id) {
    const wrong = make("small", { class: "wrong", id: `${id}-wrong`, role: "alert" });
    const box = make("input", { type: "text", id, inputmode: input.size === null ? "decimal" : null,
      "aria-describedby": `${id}-type ${id}-wrong`, spellcheck: "false", autocomplete: "off" });
    const slider = input.size === null ? sliderOf(input) : null;
    const take = (text) => {
      const message = app.change(input, text);
      box.setAttribute("aria-invalid", String(message !== null));
      wrong.textContent = message === null ? "" : `${text.trim() || "nothing"}: ${message}`;
    };
    box.addEventListener("input", () => take(box.value));
    const row = make("div", { class: "row" }, box);
    if (slider) {
      slider.addEventListener("input", () => { box.value = slider.at(slider.value); take(box.value); });
      row.append(slider);
    }
    controls.set(input.name, () => {
      const text = app.texts.get(input.name);
      if (document.activeElement !== box) box.value = text;
      if (slider && document.activeElement !== slider) slider.value = slider.placeOf(text);
      box.setAttribute("aria-invalid", "false");
      wrong.textContent = "";
    });
    return make("div", { class: "field" }, make("label", { for: id }, input.name), row, described(input, id), wrong);
  }

  // From the least to the greatest value, or from below to beyond all cut-offs where there is none.
  function sliderOf(input) {
    const [low, high] = cuts.rangeOf(app.own(), input);
    if (low === null || high === null || nnc.compare(low, high) >= 0) return null;
    const width = nnc.minus(high, low);
    let step = { n: 1n, d: 1n };
    if (input.type === "real" && width.n <= 100n * width.d) step = { n: 1n, d: 10n };
    const steps = Number(width.n * step.d / (width.d * step.n));
    if (steps > MOST_STEPS) return null;
    const slider = make("input", { type: "range", min: 0, max: steps, step: 1, "aria-label": `${input.name}, slider` });
    slider.at = (place) => nnc.showNumber(nnc.plus(low, nnc.times(step, { n: BigInt(place), d: 1n })));
    slider.placeOf = (text) => {
      const up = nnc.minus(nnc.readNumber(text) ?? low, low);
      return Math.max(0, Math.min(steps, Number(up.n * step.d / (up.d * step.n))));
    };
    slider.addEventListener("input", () => slider.setAttribute("aria-valuetext", slider.at(slider.value)));
    return slider;
  }

  // A grid of bits: click, drag, arrow keys and Space; one stop for Tab.
  function grid(name, cells, columns, isPicture) {
    const box = make("div", { class: isPicture ? "pixels" : "pixels bits", role: "group", "aria-label": `${name}: arrow keys move, Space changes` });
    box.style.gridTemplateColumns = `repeat(${Math.min(columns, cells.length)}, auto)`;
    if (cells.length > 400) box.classList.add("small");
    const shareOf = (place) => {
      const { input, i } = cells[place], value = app.values.get(input.name)[i];
      if (typeof value !== "object") return value;
      const [low, high] = [input.min, input.max].map(nnc.readNumber), part = nnc.minus(value, low), whole = nnc.minus(high, low);
      return whole.n ? Number(part.n * whole.d * 1000n / (part.d * whole.n)) / 1000 : 0;
    };
    const isOn = (place) => shareOf(place) > 0.5;
    const put = (place, bit) => {
      const { input, i } = cells[place], isBit = input.type === "bit";
      const elements = [...app.values.get(input.name)];
      elements[i] = isBit ? bit : nnc.readNumber(bit ? input.max : input.min);
      if (!isBit && bit !== backgroundOf(input)) for (const beside of besideOf(place)) elements[beside] = halfOf(input, elements[beside], bit);
      app.change(input, nnc.writeInput(input, elements), true);
    };
    // A stroke is soft: the pixels beside it move to the middle of their range, unless they are beyond it.
    const besideOf = (place) => [-1, 1, -columns, columns].map((step) => place + step)
      .filter((each) => cells[each] && (each % columns === place % columns || Math.floor(each / columns) === Math.floor(place / columns)));
    const halfOf = (input, value, bit) => {
      const { n, d } = middleOf(input), half = input.type === "real" ? { n, d } : { n: n / d, d: 1n };
      return nnc.compare(value, half) < 0 === Boolean(bit) ? half : value;
    };
    const buttons = cells.map(({ input, i }, place) => make("button", {
      type: "button", tabindex: place ? -1 : 0, "aria-pressed": "false", "data-place": place,
      "aria-label": input.size === null ? input.name : `${input.name}(${i})`, title: input.size === null ? input.name : `${input.name}(${i})`,
    }));
    let paint = null;
    const move = (place, to) => {
      if (!buttons[to]) return;
      buttons[place].tabIndex = -1;
      buttons[to].tabIndex = 0;
      buttons[to].focus();
    };
    const placeOf = (event) => event.target.dataset.place === undefined ? null : Number(event.target.dataset.place);
    box.addEventListener("pointerdown", (event) => {
      const place = placeOf(event);
      if (place === null) return;
      event.preventDefault();
      event.target.releasePointerCapture?.(event.pointerId);
      move(buttons.findIndex((button) => button.tabIndex === 0), place);
      paint = isOn(place) ? 0 : 1;
      put(place, paint);
    });
    box.addEventListener("pointerover", (event) => { if (paint !== null && placeOf(event) !== null) put(placeOf(event), paint); });
    addEventListener("pointerup", () => { paint = null; });
    box.addEventListener("keydown", (event) => {
      const place = placeOf(event), { key } = event;
      if (place === null) return;
      if (key === " " || key === "Enter") put(place, isOn(place) ? 0 : 1);
      else if (key === "Home") move(place, 0);
      else if (key === "End") move(place, buttons.length - 1);
      else {
        const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[key];
        if (step === undefined) return;
        move(place, place + step);
      }
      event.preventDefault();
    });
    box.append(...buttons);
    const show = () => buttons.forEach((button, place) => {
      const text = String(isOn(place));
      if (button.getAttribute("aria-pressed") !== text) button.setAttribute("aria-pressed", text);
      if (cells[place].input.type !== "bit") button.style.background = `color-mix(in srgb, var(--ink) ${100 * shareOf(place)}%, var(--card))`;
    });
    const names = new Set(cells.map(({ input }) => input.name));
    for (const each of names) {
      const before = controls.get(each);
      controls.set(each, before ? () => { before(); show(); } : show);
    }
    return box;
  }

  const inGrid = new Map();
  for (const names of app.grids) for (const name of names) inGrid.set(name, names);
  for (const input of app.inputs) {
    const names = inGrid.get(input.name);
    if (!names) dom.byId("fields").append(field(input));
    else if (names[0] === input.name) {
      const cells = names.map((name) => ({ input: app.inputs.find((each) => each.name === name), i: 0 }));
      const title = `${names.length} inputs`;
      const columns = squareOf(names.length)?.[0] ?? 16;
      dom.byId("fields").append(make("div", { class: "field" }, make("span", { class: "label" }, title, make("small", {}, ` ${names[0]} … ${names.at(-1)}`)), grid(title, cells, columns, true)));
    }
  }

  return {
    show() {
      const shown = new Set();
      for (const input of app.inputs) {
        const show = controls.get(input.name);
        if (show && !shown.has(show)) show();
        shown.add(show);
      }
      dom.byId("listed").replaceChildren(...app.inputs.map((input) => make("li", {}, `${input.name} = ${app.texts.get(input.name)}`)));
    },
    // Each group of inputs shares a control; focus goes to what changes this one.
    focus(name) {
      const inBus = document.querySelector(`#fields [aria-label="${CSS.escape(name)}"]`);
      (dom.byId(`input-${name}`) ?? inBus)?.focus();
    },
  };
};
