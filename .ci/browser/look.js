// Looks at pages at two widths, light and dark, for what keeps people out, and takes
// their pictures.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pages } from "./pages.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const desktop = { width: 1280, height: 800 };

// look goes through every page.
export async function look(world) {
  const list = await pages(world);
  await every(world, world.page, list);
  const out = await world.browser.newContext({ baseURL: world.gateway.base });
  await every(world, await out.newPage(), [["login", "/ui/login?notice=logged-out"]]);
  await out.close();
  console.log(`looked at ${list.length + 1} pages, light and dark, at 1280 and 375 px`);
}

async function every(world, page, list) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [name, path] of list) {
      await page.setViewportSize(desktop);
      await page.goto(path);
      await views(world, page, name, colorScheme);
    }
  }
}

// shots looks at a page as it stands, with what was typed and opened.
export async function shots(world, name) {
  for (const colorScheme of ["dark", "light"]) await views(world, world.page, name, colorScheme);
  await world.page.setViewportSize(desktop);
}

async function views(world, page, name, colorScheme) {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.setViewportSize(desktop);
  await check(world, page, `${name} ${colorScheme}`);
  await shot(world, page, `${name}-1280-${colorScheme}`);
  await page.setViewportSize({ width: 375, height: 740 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) world.faults.push(`${name}: ${wide} px wider than a phone`);
  if (colorScheme === "light") await check(world, page, `${name} phone`);
  await shot(world, page, `${name}-375-${colorScheme}`);
}

async function shot(world, page, name) {
  await page.screenshot({ path: `${world.dir}/shots/${name}.png`, fullPage: true });
}

// check has axe-core name what keeps people out.
async function check(world, page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of found.violations.filter((v) => v.impact === "serious" || v.impact === "critical")) {
    world.faults.push(`${where}: ${v.impact} ${v.id}: ${v.help}\n  ${v.nodes.slice(0, 3).map((n) => `${n.html}\n    ${n.failureSummary}`).join("\n  ")}`);
  }
}
