// Rows to step through, with what is expected of them; and examples for which two networks differ.
const makeRows = (app, { rows, against }) => {
  const { make, byId } = dom;
  let number = 0;

  const texts = (row) => Object.fromEntries(app.own().inputs.map((input, i) => [input.name, row.inputs[i]]));
  const failing = rows.map((row, i) => (row.fails ? i : -1)).filter((i) => i >= 0);
  const onlyFailing = () => byId("only-failing").checked;

  function go(to) {
    number = to;
    app.setAll(texts(rows[number]));
    say();
  }

  function say() {
    const { name, fails, expected } = rows[number];
    const list = onlyFailing() ? failing : null;
    const where = list ? `failing row ${list.indexOf(number) + 1} of ${list.length}` : `row ${number + 1} of ${rows.length}`;
    byId("row").textContent = [where, name, expected ? (fails ? "✗ not as expected" : "✓ as expected") : ""].filter(Boolean).join(" · ");
    byId("row-number").value = number + 1;
  }

  function step(by) {
    const list = onlyFailing() ? failing : rows.map((_, i) => i);
    const beyond = by > 0 ? list.find((i) => i > number) : list.findLast((i) => i < number);
    if (beyond !== undefined) go(beyond);
  }

  if (rows.length) {
    byId("steps").hidden = false;
    byId("before").addEventListener("click", () => step(-1));
    byId("after").addEventListener("click", () => step(1));
    byId("row-number").max = rows.length;
    byId("row-number").addEventListener("change", () => {
      const to = Math.round(Number(byId("row-number").value)) - 1;
      if (rows[to]) go(to);
      else say();
    });
    byId("failing").hidden = !failing.length;
    byId("failing-count").textContent = failing.length === 1 ? "row that fails" : `${failing.length.toLocaleString("en")} rows that fail`;
    if (!failing.length && rows.every((row) => row.expected)) byId("all-right").hidden = false;
    byId("only-failing").addEventListener("change", () => {
      if (onlyFailing() && !rows[number].fails) go(failing.find((i) => i > number) ?? failing[0]);
      else say();
    });
  }

  if (against) {
    const { equal, unknown, only, examples } = against;
    const named = (list) => list.join(", ");
    const sentences = [];
    if (equal) sentences.push("Both networks give the same for all inputs: this is proved.");
    if (examples.length) sentences.push(`Different for some inputs: ${named(examples.map(({ output }) => output))}.`);
    if (unknown.length) sentences.push(`No difference is known, and none is ruled out: ${named(unknown)}.`);
    if (only.length) sentences.push(`Only in one of the two: ${named(only)}.`);
    if (!sentences.length) sentences.push("Some outputs are of another type.");
    byId("verdict").textContent = sentences.join(" ");
    byId("verdict").hidden = false;
    if (examples.length) {
      byId("examples").hidden = false;
      byId("example").append(...examples.map(({ output }, i) => make("option", { value: i }, `${output} differs`)), make("option", { value: "" }, "inputs of your own"));
      byId("example").addEventListener("change", () => {
        const example = examples[byId("example").value];
        if (example) app.setAll(example.inputs);
      });
    }
  }

  return {
    // What is expected, as long as the inputs are those of the row.
    expected() {
      const row = rows[number];
      if (!row?.expected) return null;
      return Object.entries(texts(row)).every(([name, text]) => app.texts.get(name) === text) ? row.expected : null;
    },
    begin() { if (rows.length) say(); },
    // Says which example the inputs are, if they are one.
    show() {
      if (!against?.examples.length) return;
      const place = against.examples.findIndex(({ inputs }) => Object.entries(inputs).every(([name, text]) => !app.texts.has(name) || app.texts.get(name) === text));
      byId("example").value = place < 0 ? "" : String(place);
    },
    key(key) {
      if (!rows.length || (key !== "n" && key !== "p")) return false;
      step(key === "n" ? 1 : -1);
      return true;
    },
  };
};
