// Every neuron in a table: sorted, searched, and of many only the rows that are on the screen.
const makeTable = (app) => {
  const { make, byId, magnitude } = dom;
  const MOST = 500, HEIGHT = 28, MARGIN = 10;
  let sort = { column: null, up: true }, rows = [], texts = null, query = "";
  const columns = ["neuron", "state", "sum", "nearest", "distance"];

  function isOn(network, k, state) {
    for (let l = network.limitStarts[k]; l < network.limitStarts[k + 1]; l++) if (state.bits[network.first + l]) return true;
    return false;
  }

  // What the rows are ordered by; sums as binary floats first, exact where these are near each other.
  function keyOf(column, network, state) {
    if (column === "neuron") return (k) => nnc.nameOf(network, k);
    if (column === "state") return (k) => isOn(network, k, state) ? 0 : 1;
    const sums = new Map();
    return (k) => {
      if (!sums.has(k)) {
        const sum = nnc.sumOf(network, k, state), nearest = cuts.nearest(sum, nnc.limitsOf(network, k));
        sums.set(k, column === "sum" ? sum : column === "nearest" ? nearest : magnitude(nnc.minus(sum, nearest)));
      }
      return sums.get(k);
    };
  }

  const names = new Intl.Collator("en", { numeric: true });

  function ordered(all, network, state) {
    if (sort.column === null) return all;
    const key = keyOf(sort.column, network, state), turn = sort.up ? 1 : -1;
    const keys = new Map(all.map((k) => [k, key(k)]));
    const order = sort.column === "neuron" ? names.compare : sort.column === "state" ? (a, b) => a - b : nnc.compare;
    return [...all].sort((a, b) => turn * order(keys.get(a), keys.get(b)) || a - b);
  }

  function rowOf(k, place) {
    const network = app.network(), state = app.state();
    const sum = nnc.sumOf(network, k, state), nearest = cuts.nearest(sum, nnc.limitsOf(network, k));
    const isFiring = isOn(network, k, state), name = nnc.nameOf(network, k);
    const button = make("button", { type: "button", class: "link", onclick: () => app.select(name) }, name);
    return make("tr", { class: isFiring ? "fires" : "", "aria-rowindex": place + 2, "data-name": name, "aria-selected": app.selected() === name ? "true" : null },
      make("th", { scope: "row" }, button),
      make("td", {}, isFiring ? "● fires" : "○ silent"), make("td", { class: "number" }, nnc.showNumber(sum)),
      make("td", { class: "number" }, nearest ? nnc.showNumber(nearest) : ""),
      make("td", { class: "number" }, nearest ? nnc.showNumber(magnitude(nnc.minus(sum, nearest))) : ""));
  }

  const spacer = (count) => {
    const row = make("tr", { class: "spacer", "aria-hidden": "true" }, make("td", { colspan: columns.length }));
    row.firstChild.style.height = `${count * HEIGHT}px`;
    return row;
  };

  // Of more than 500 rows those that can be seen, and a few around them.
  function fill() {
    const body = byId("rows"), focused = document.activeElement?.closest("#rows tr")?.dataset.name;
    let from = 0, to = rows.length;
    if (rows.length > MOST) {
      const box = byId("table");
      from = Math.max(0, Math.floor(box.scrollTop / HEIGHT) - MARGIN);
      to = Math.min(rows.length, from + Math.ceil((box.clientHeight || 800) / HEIGHT) + 2 * MARGIN);
    }
    const shown = [];
    for (let i = from; i < to; i++) shown.push(rowOf(rows[i], i));
    body.replaceChildren(...(from ? [spacer(from)] : []), ...shown, ...(to < rows.length ? [spacer(rows.length - to)] : []));
    if (focused) body.querySelector(`tr[data-name="${CSS.escape(focused)}"] button`)?.focus({ preventScroll: true });
  }

  function show() {
    const network = app.network(), state = app.state();
    if (byId("table").hidden || !state) return;
    if (texts?.network !== network) texts = { network, names: Array.from({ length: network.neurons }, (_, k) => nnc.nameOf(network, k).toLowerCase()) };
    const all = [];
    texts.names.forEach((name, k) => { if (name.includes(query)) all.push(k); });
    rows = ordered(all, network, state);
    byId("count").textContent = query ? `${rows.length.toLocaleString("en")} of ${dom.counted(network.neurons, "neuron")}` : dom.counted(network.neurons, "neuron");
    byId("neurons").setAttribute("aria-rowcount", rows.length + 1);
    fill();
  }

  for (const button of document.querySelectorAll("#neurons thead button")) {
    button.addEventListener("click", () => {
      const { column } = button.dataset;
      sort = { column, up: sort.column === column ? !sort.up : true };
      for (const each of document.querySelectorAll("#neurons thead th")) {
        const isThis = each.contains(button);
        each.setAttribute("aria-sort", isThis ? (sort.up ? "ascending" : "descending") : "none");
      }
      show();
    });
  }
  let isWaiting = false;
  byId("table").addEventListener("scroll", () => {
    if (rows.length <= MOST || isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => { isWaiting = false; fill(); });
  });
  byId("rows").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest("tr");
    if (step === undefined || !row) return;
    event.preventDefault();
    const beside = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (beside?.classList.contains("spacer")) return;
    beside?.querySelector("button")?.focus();
  });

  return {
    show,
    search(text) { query = text.trim().toLowerCase(); byId("table").scrollTop = 0; show(); },
  };
};
