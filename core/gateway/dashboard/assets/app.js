// What the pages do beyond reading and sending forms. Without it they work too.
(() => {
  "use strict";

  const all = (selector, within = document) => within.querySelectorAll(selector);

  function ready(within) {
    for (const b of all("[data-copy]", within)) {
      b.hidden = !navigator.clipboard;
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const words = button.innerHTML;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
    setTimeout(() => { button.innerHTML = words; }, 1500);
  });

  // A page that nobody looks at asks nothing.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const within = event.detail.elt;
    const selecting = String(getSelection()) !== "" && within.contains(getSelection().anchorNode);
    if (within.hasAttribute("data-live") && (document.hidden || selecting)) event.preventDefault();
  });

  // What the reader has opened stays open when it is written anew.
  let open = new Map();
  document.addEventListener("htmx:beforeSwap", (event) => {
    open = new Map(Array.from(all("details[id]", event.detail.target), (d) => [d.id, d.open]));
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, was] of open) {
      const d = document.getElementById(id);
      if (d) d.open = was;
    }
    ready(document);
  });

  ready(document);
})();
