// Uses the dashboard of a real gateway in a browser, as people do, and looks at every
// page for what people cannot use. Screenshots go to a temporary directory.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { startGateway, startReceiver, temporary, key } from "./gateway.js";
import { pages } from "./pages.js";
import { story } from "./story.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const patience = 20_000;
const deadline = setTimeout(() => { console.error("the browser test took longer than 3 minutes"); process.exit(1); }, 180_000);

const dir = temporary();
const receiver = await startReceiver();
const gateway = await startGateway(dir);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--js-flags=--max-old-space-size=256"],
});
const faults = [];
try {
  const context = await browser.newContext({ baseURL: gateway.base, viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  // What the policy stops, or a script throws, is a fault of the page.
  page.on("console", (m) => { if (m.type() === "error" && !/status of 40[134]/.test(m.text())) faults.push(`${page.url()}: ${m.text()}`); });
  page.on("pageerror", (e) => faults.push(`${page.url()}: ${e}`));
  page.on("request", (r) => { if (!r.url().startsWith(gateway.base) && !r.url().startsWith("data:")) faults.push(`${page.url()} asks ${r.url()}`); });

  const world = { browser, context, page, gateway, receiver, key };
  await story(world);
  await look(world);
} finally {
  await browser.close();
  await gateway.stop();
  receiver.close();
  clearTimeout(deadline);
}
console.log(`screenshots: ${dir}/shots`);
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exitCode = 1;
} else {
  console.log("browser: all passed");
}

// look goes through every page at two widths, light and dark.
async function look(world) {
  const list = await pages(world);
  await every(world.page, list);
  const out = await world.browser.newContext({ baseURL: world.gateway.base });
  await every(await out.newPage(), [["login", "/ui/login?notice=logged-out"]]);
  await out.close();
  console.log(`looked at ${list.length + 1} pages, light and dark, at 1280 and 375 px`);
}

async function every(page, list) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [name, path] of list) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(path);
      await check(page, `${name} ${colorScheme}`);
      await shot(page, `${name}-1280-${colorScheme}`);
      await page.setViewportSize({ width: 375, height: 740 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) faults.push(`${name}: ${wide} px wider than a phone`);
      if (colorScheme === "light") await check(page, `${name} phone`);
      await shot(page, `${name}-375-${colorScheme}`);
    }
  }
}

async function shot(page, name) {
  await page.screenshot({ path: `${dir}/shots/${name}.png`, fullPage: true });
}

// check has axe-core name what keeps people out.
async function check(page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of found.violations.filter((v) => v.impact === "serious" || v.impact === "critical")) {
    faults.push(`${where}: ${v.impact} ${v.id}: ${v.help}\n  ${v.nodes.slice(0, 3).map((n) => `${n.html}\n    ${n.failureSummary}`).join("\n  ")}`);
  }
}
