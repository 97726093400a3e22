// Uses the dashboard of a real gateway in a browser, as people do, and looks at every
// page for what people cannot use. Screenshots go to a temporary directory.
import { chromium } from "playwright-core";
import { startGateway, startReceiver, temporary, key } from "./gateway.js";
import { look } from "./look.js";
import { story } from "./story.js";

const patience = 20_000;
const deadline = setTimeout(() => { console.error("the browser test took longer than 8 minutes"); process.exit(1); }, 480_000);

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

  const world = { browser, context, page, gateway, receiver, key, dir, faults };
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
