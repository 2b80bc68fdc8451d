// Screen readers and browsers need the language of the Korean page.
if (location.pathname.includes("/ko/")) document.documentElement.lang = "ko";

// Tables that are wider than the screen scroll by keyboard, too.
addEventListener("load", () => {
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap")) wide.tabIndex = 0;
});
