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

  // The charts are drawn from the table beside them, which has the same figures.
  const series = {
    published: ["published", "--accent"], delivered: ["delivered", "--good"], p50: ["50 %", "--good"], p95: ["95 %", "--accent"], p99: ["99 %", "--warn"],
    failed: ["failed attempts", "--warn"], dead: ["dead", "--bad"], refused: ["refused", "--idle"], backlog: ["waiting", "--accent"],
  };
  const dashes = [[], [6, 4], [2, 3]]; // lines differ by more than their colour
  let charts = [];

  // A step that stands alone makes no line: it is drawn as a point.
  function alone(u, i) {
    const values = u.data[i];
    return values.flatMap((v, at) => (v != null && values[at - 1] == null && values[at + 1] == null ? [at] : []));
  }

  function draw() {
    for (const c of charts) c.destroy();
    charts = [];
    const table = document.getElementById("figures");
    if (!table || !window.uPlot) return;
    const rows = Array.from(table.tBodies[0].rows, (r) => r.dataset);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const minutes = Number(table.dataset.step) / 60;
    const read = (text, per) => (text === undefined ? null : Number(text) / per);
    for (const figure of all("[data-chart]")) {
      const names = figure.dataset.chart.split(" ");
      const plot = figure.querySelector(".plot");
      const per = figure.dataset.per ? minutes : 1;
      const digits = (u, v) => (v == null ? "–" : v.toLocaleString(undefined, { maximumFractionDigits: v < 10 ? 2 : 0 }));
      const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "11px system-ui, sans-serif" };
      const data = [rows.map((r) => Number(r.at)), ...names.map((n) => rows.map((r) => read(r[n], per)))];
      charts.push(new uPlot({
        width: plot.clientWidth, height: 170, cursor: { y: false, points: { size: 6 } },
        scales: { y: { range: (u, low, high) => [0, Math.max(1, (high || 0) * 1.1)] } },
        axes: [axis, { ...axis, size: 56, values: (u, list) => list.map((v) => digits(u, v)) }],
        series: [{ label: "at", value: (u, v) => (v == null ? "–" : new Date(v * 1000).toLocaleString()) },
          ...names.map((n, i) => ({ label: series[n][0], stroke: colour(series[n][1]), width: 1.75, dash: dashes[i], spanGaps: false, value: digits, points: { size: 5, filter: alone } }))],
      }, data, plot));
    }
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (width === innerWidth) return;
    width = innerWidth;
    follow();
    draw();
  });

  // On a phone the menu is a row, of which this page's entry may be out of sight.
  function follow() {
    const here = document.querySelector(".menu [aria-current]");
    if (here) here.parentElement.scrollLeft = here.offsetLeft - (here.parentElement.clientWidth - here.offsetWidth) / 2;
  }

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
    draw();
  });

  follow();
  ready(document);
  draw();
})();
