// Search in all names: of inputs, outputs, parts and neurons; Enter goes to the first that is found.
const makeSearch = (app) => {
  const { make, byId } = dom;
  const MOST = 12;
  const field = byId("search"), list = byId("found");
  let names = null;

  function all() {
    const network = app.network();
    if (names?.network !== network) {
      const neurons = Array.from({ length: network.neurons }, (_, k) => nnc.nameOf(network, k));
      names = { network, list: [
        ...network.inputs.map(({ name }) => ({ name, kind: "input" })),
        ...network.outputs.map(({ name }) => ({ name, kind: "output" })),
        ...network.data.instances.slice(1).map(([, , name]) => ({ name, kind: "part" })),
        ...neurons.map((name) => ({ name, kind: "neuron" })),
      ].map((each) => ({ ...each, text: each.name.toLowerCase() })) };
    }
    return names.list;
  }

  // Those that begin with the text come first, and of these the shortest.
  function matching(text) {
    const matches = all().filter((each) => each.text.includes(text));
    const rank = (each) => (each.text === text ? 0 : each.text.startsWith(text) ? 1 : 2);
    return { count: matches.length, first: matches.sort((a, b) => rank(a) - rank(b) || a.text.length - b.text.length).slice(0, MOST), matches };
  }

  function close() {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
  }

  function go(each) {
    close();
    app.go(each.kind, each.name);
  }

  function show() {
    const text = field.value.trim().toLowerCase();
    app.searched(text);
    if (!text) { byId("found-count").textContent = ""; close(); return; }
    const { count, first } = matching(text);
    byId("found-count").textContent = count ? `${count.toLocaleString("en")} found` : "nothing found";
    list.replaceChildren(...first.map((each) => make("li", {}, make("button", { type: "button", onclick: () => go(each) }, each.name, make("small", {}, ` ${each.kind}`)))));
    list.hidden = app.isTable() || !count;
    field.setAttribute("aria-expanded", String(!list.hidden));
  }

  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      const text = field.value.trim().toLowerCase();
      const { first } = text ? matching(text) : { first: [] };
      if (first.length) go(first[0]);
    } else if (event.key === "ArrowDown" && !list.hidden) list.querySelector("button")?.focus();
    else if (event.key === "Escape") { field.value = ""; show(); } else return;
    event.preventDefault();
  });
  list.addEventListener("keydown", (event) => {
    const item = event.target.closest("li");
    if (event.key === "ArrowDown") item.nextElementSibling?.firstChild.focus();
    else if (event.key === "ArrowUp") (item.previousElementSibling?.firstChild ?? field).focus();
    else if (event.key === "Escape") { close(); field.focus(); } else return;
    event.preventDefault();
  });
  byId("finder").addEventListener("focusout", (event) => {
    if (!byId("finder").contains(event.relatedTarget)) close();
  });
};
