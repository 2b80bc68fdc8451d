// Elements of the page, and numbers as it writes them.
const dom = {
  byId: (id) => document.getElementById(id),

  make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "class") element.className = value;
      else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  },

  toggle: (element, name, isOn) => element?.classList.toggle(name, isOn),

  signed: (q) => (q.n < 0n ? "" : "+") + nnc.showNumber(q),

  magnitude: (q) => ({ n: q.n < 0n ? -q.n : q.n, d: q.d }),

  counted: (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`,

  shown: (value) => Array.isArray(value) ? value.join(",") : String(value),
};
