"use strict";
// Unpacks the code of the page, which runs by its digest alone, and the data.
const unpacked = async (id) => {
  const element = document.getElementById(id);
  if (element.type === "application/json") return element.textContent;
  const bytes = Uint8Array.from(atob(element.textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
};
unpacked("code").then((text) => {
  const script = document.createElement("script");
  script.textContent = text;
  document.body.append(script);
}, () => {
  document.getElementById("why").textContent = "This page needs a newer browser, of 2023 or later.";
});
