// Zoom by buttons, + - 0 and Ctrl with the wheel; the picture is dragged, or scrolled.
const makeZoom = (canvas) => {
  const LEAST = 0.1, MOST = 6, LARGEST_FIT = 1.4;
  let zoom = 1, isFitted = true;
  const svg = () => canvas.querySelector(".sheet:not([hidden]) svg");

  function set(value, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const picture = svg();
    if (!picture) return;
    const next = Math.min(MOST, Math.max(LEAST, value)), ratio = next / zoom;
    const { width, height } = picture.viewBox.baseVal;
    const left = (canvas.scrollLeft + x) * ratio - x, top = (canvas.scrollTop + y) * ratio - y;
    zoom = next;
    picture.setAttribute("width", Math.round(width * zoom));
    picture.setAttribute("height", Math.round(height * zoom));
    canvas.scrollTo(left, top);
  }

  function fit() {
    const picture = svg();
    if (!picture || !canvas.clientWidth) return;
    const { width, height } = picture.viewBox.baseVal;
    const room = Math.max(320, innerHeight - canvas.getBoundingClientRect().top - scrollY - 24);
    isFitted = true;
    zoom = 1;
    set(Math.min(LARGEST_FIT, (canvas.clientWidth - 8) / width, Math.max(room / height, 0.5)));
  }

  const by = (factor) => { isFitted = false; set(zoom * factor); };

  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    isFitted = false;
    const box = canvas.getBoundingClientRect();
    set(zoom * (event.deltaY < 0 ? 1.1 : 0.9), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    drag = { x: event.clientX, y: event.clientY, left: canvas.scrollLeft, top: canvas.scrollTop, isMoved: false };
  });
  addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.isMoved && Math.hypot(dx, dy) < 5) return;
    drag.isMoved = true;
    canvas.classList.add("dragged");
    canvas.scrollTo(drag.left - dx, drag.top - dy);
  });
  addEventListener("pointerup", () => {
    const isMoved = drag?.isMoved;
    drag = null;
    canvas.classList.remove("dragged");
    if (!isMoved) return;
    // the click that ends a drag chooses nothing
    const stop = (event) => event.stopPropagation();
    addEventListener("click", stop, { capture: true });
    setTimeout(() => removeEventListener("click", stop, { capture: true }));
  });
  addEventListener("resize", () => { if (isFitted) fit(); });
  dom.byId("zoom-in").addEventListener("click", () => by(1.25));
  dom.byId("zoom-out").addEventListener("click", () => by(0.8));
  dom.byId("fit").addEventListener("click", fit);

  return {
    fit,
    key(key) {
      if (key === "+" || key === "=") by(1.25);
      else if (key === "-") by(0.8);
      else if (key === "0") fit();
      else return false;
      return true;
    },
    reveal: (box) => box?.scrollIntoView({ block: "nearest", inline: "nearest" }),
  };
};
