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

  // A number of very many digits rounded to four, as in a drawing: `≈2.700e41`.
  brief(q) {
    const text = nnc.showNumber(q);
    if (text.length <= 16) return text;
    const n = q.n < 0n ? -q.n : q.n, scaled = (by) => (by >= 0 ? [n * 10n ** BigInt(by), q.d] : [n, q.d * 10n ** BigInt(-by)]);
    let exponent = String(n).length - String(q.d).length;
    const [above, below] = scaled(-exponent);
    if (above < below) exponent -= 1;
    const [part, whole] = scaled(3 - exponent);
    let digits = String((2n * part + whole) / (2n * whole));
    if (digits.length > 4) { digits = "1000"; exponent += 1; }
    return `≈${q.n < 0n ? "-" : ""}${digits[0]}.${digits.slice(1)}e${exponent}`;
  },

  signed: (q) => (q.n < 0n ? "" : "+") + nnc.showNumber(q),

  magnitude: (q) => ({ n: q.n < 0n ? -q.n : q.n, d: q.d }),

  counted: (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`,

  shown: (value) => Array.isArray(value) ? value.join(",") : String(value),
};
