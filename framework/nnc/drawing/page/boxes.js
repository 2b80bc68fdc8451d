// What the boxes of a picture do: they light the way of their signals, and lead to what they show.
// `app` has the place that is shown (`network`, `view`, `instance`, `picture`, `selected`), and
// `select`, `enter`, `open` and `focusInput`.
const makeBoxes = (app) => {
  function listen(box) {
    box.setAttribute("tabindex", "0");
    box.setAttribute("aria-roledescription", box.dataset.kind);
    box.addEventListener("click", (event) => act(box, event));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") act(box, null);
      else if (!(event.key === "ArrowRight" || event.key === "ArrowLeft") || !moveIn(box, event.key === "ArrowRight" ? 1 : -1)) return;
      event.preventDefault();
    });
    const light = (isOn) => app.picture()?.light(isOn ? box : null, app.view().files[app.instance()[0]].wires);
    for (const [name, isOn] of [["pointerenter", true], ["focus", true], ["pointerleave", false], ["blur", false]]) box.addEventListener(name, () => light(isOn));
  }

  const prefixOf = () => app.instance()[2] && `${app.instance()[2]}.`;
  const blockOf = (box) => app.network().blocks.find((each) => each.layer === prefixOf() + box.dataset.names.split(" ")[0]);
  const membersOf = (box) => {
    if (box.dataset.kind === "neurons") return box.dataset.names.split(" ").map((each) => prefixOf() + each);
    const block = blockOf(box);
    return block ? Array.from({ length: block.size }, (_, i) => `${block.layer}(${i})`) : [];
  };

  // The arrow keys go through the neurons of a layer.
  function moveIn(box, step) {
    const members = box.dataset.kind === "neurons" || box.dataset.kind === "layer" ? membersOf(box) : [];
    const next = members[members.indexOf(app.selected()) + step];
    if (next === undefined) return false;
    app.select(next);
    return true;
  }

  // The neuron of a convolution at a pixel of the picture of its feature.
  function placeAt({ size, window: { perLine, features } }, image, feature, event) {
    const { left, top, width, height } = image.getBoundingClientRect();
    const share = (x, whole, count) => Math.max(0, Math.min(count - 1, Math.floor(x / whole * count)));
    const positions = size / features, column = share(event.clientX - left, width, perLine);
    return (share(event.clientY - top, height, positions / perLine) * perLine + column) * features + feature;
  }

  function memberAt(box, event) {
    const members = membersOf(box), list = (selector) => [...box.querySelectorAll(`:scope > ${selector}`)];
    if (event === null) return members.includes(app.selected()) ? app.selected() : members[0];
    const block = blockOf(box), { target } = event, images = list("image"), feature = images.indexOf(target);
    if (block?.window && feature >= 0 && images.length === block.window.features) return members[placeAt(block, target, feature, event)];
    for (const marks of [list("image"), list(".tile"), list(".mark"), list(".row")]) {
      const at = marks.indexOf(target.closest("image,.tile,.mark,.row"));
      if (marks.length > 1 && at >= 0 && members[at]) return members[at];
    }
    return members[0];
  }

  function act(box, event) {
    const { kind } = box.dataset, [name] = box.dataset.names.split(" "), prefix = prefixOf();
    if (kind === "part") app.enter(name);
    else if (kind === "neuron") app.select(prefix + name);
    else if (kind === "neurons" || kind === "layer") app.select(memberAt(box, event));
    else if (kind === "output" && !prefix) app.select(`output ${name}`);
    else if (!prefix) app.focusInput(name);
    else follow(kind, name);
  }

  // From a port of a part to what it is wired to, or what makes it.
  function follow(kind, name) {
    const [file, user, , own, outputs] = app.instance(), { inputs: ports, outputs: taps } = app.view().files[file];
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
    if (signal < app.network().first) app.open(user);
    else app.select(nnc.nameOf(app.network(), nnc.neuronAt(app.network(), signal)), true);
  }

  return { listen, membersOf };
};
