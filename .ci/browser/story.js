// What somebody does with the dashboard, step by step. Every step waits for what it
// needs to see.
import assert from "node:assert/strict";
import { sampled } from "./gateway.js";
import { shots } from "./look.js";

export async function story(world) {
  for (const step of [keyboard, login, subscribe, liveDelivery, waterfall, noTraces, recorded, retry, rotate, authenticate, replay, charts, accounts, strangers]) {
    const start = Date.now();
    await step(world);
    console.log(`ok ${step.name} (${Date.now() - start} ms)`);
  }
}

// The page can be used without a mouse from its first key on.
async function keyboard({ page }) {
  await page.goto("/ui/deliveries");
  await page.waitForURL("**/ui/login?next=*");
  assert.equal(await page.evaluate(() => document.activeElement.id), "key");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip", "the skip link comes first");
}

async function login({ page, key, context }) {
  await page.getByLabel("API key").fill("swh_nobody-has-this-key");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("unknown, expired or revoked").waitFor();
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("**/ui/deliveries");
  await page.getByText("No deliveries yet").waitFor();
  const [cookie] = await context.cookies();
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, "Strict");
}

// Two subscriptions: one is made in the browser, with a mistake first.
async function subscribe(world) {
  const { page, receiver, gateway } = world;
  await page.goto("/ui/subscriptions/new");
  await page.getByLabel("URL").fill("http://10.1.2.3/hooks");
  await page.getByLabel("Name", { exact: true }).fill("Shop");
  await page.getByLabel("Events").fill("order.*");
  await page.getByRole("button", { name: "Make the subscription" }).click();
  await page.locator("#url-wrong").waitFor();
  await page.getByLabel("URL").fill(receiver.url + "/shop");
  await page.getByRole("button", { name: "Make the subscription" }).click();
  await page.getByText("Copy the signing secret now").waitFor();
  world.secret = await page.locator(".once pre").textContent();
  assert.match(world.secret, /^whsec_/);
  await page.getByRole("link", { name: "To the subscription" }).click();
  await page.getByRole("heading", { name: "Shop" }).waitFor();
  assert.ok(!(await page.content()).includes(world.secret), "the secret is shown once");
  world.shop = page.url().split("/").pop();
  const flaky = await gateway.call("POST", "/v1/subscriptions", {
    url: receiver.url + "/flaky", name: "Flaky", events: ["invoice.*"], delivery: { retry: { max_attempts: 1 } },
  });
  world.flaky = flaky.id;
}

// A delivery shows up by itself in a list that is open.
async function liveDelivery(world) {
  const { page, gateway } = world;
  await page.goto("/ui/deliveries");
  await page.getByText("Live", { exact: true }).waitFor();
  const { id } = await gateway.call("POST", "/v1/events", { type: "order.created", data: { order: "4711", total: 12.5 } });
  world.event = id;
  await page.getByRole("link", { name: "order.created" }).waitFor();
  await page.locator("#list").getByText("delivered", { exact: true }).waitFor();
  assert.match(await page.locator("#newest").textContent(), /order\.created is/);
  await page.getByRole("link", { name: "Pause" }).click();
  await page.getByText("Paused").waitFor();
  await page.getByRole("link", { name: "order.created" }).click();
  await page.getByRole("heading", { name: "order.created" }).waitFor();
  world.delivery = page.url().split("/").pop();
}

async function waterfall({ page }) {
  const spans = page.getByRole("list", { name: "Spans" });
  await spans.waitFor();
  const text = await spans.innerText();
  for (const name of [/publish order\.created/, /deliver order\.created/, /attempt/, /first byte/]) assert.match(text, name);
  await spans.locator("summary", { hasText: /^attempt/ }).click();
  await spans.getByText("http.response.status_code").first().waitFor();
  const bars = await spans.locator("rect").evaluateAll((all) => all.map((r) => r.getBoundingClientRect().width));
  assert.ok(bars.length >= 3 && bars.every((w) => w > 0), `every span has a bar that can be seen: ${bars}`);
}

// Where nothing is recorded the page says how to get some.
async function noTraces(world) {
  const { page } = world;
  assert.equal(await page.getByText("from stored rows").count(), 1, "what was not sampled is computed");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Traces" }).click();
  await page.getByText("No trace is recorded").waitFor();
  await shots(world, "traces-none");
}

// A sampled event has its spans in a list, and leads to its event and delivery, all by
// keyboard. One delivery of it succeeds and one fails.
async function recorded(world) {
  const { page, gateway } = world;
  await gateway.call("POST", "/v1/subscriptions", {
    url: world.receiver.url + "/flaky/too", name: "Books", events: ["order.paid"], delivery: { retry: { max_attempts: 1 } },
  });
  const { id, header } = sampled();
  await gateway.call("POST", "/v1/events", { type: "order.paid", data: { order: "4711" } }, header);
  world.trace = id;
  await page.goto("/ui/traces");
  const link = page.locator(`a[href="/ui/traces/${id}"]`);
  const spans = page.getByRole("list", { name: "Spans" });
  const failed = page.locator("tr", { has: link }).locator(".st-dead", { hasText: /[1-9]/ });
  for (const until = Date.now() + 60_000; await failed.count() === 0; await page.reload()) { // spans come a second later
    assert.ok(Date.now() < until, `the trace is listed, with its failure: ${await page.locator("main").innerText()}`);
  }
  assert.match(await page.locator("tr", { has: link }).innerText(), /POST \/v1\/events[\s\S]*default/);
  await page.getByLabel("Only those in which something failed").check();
  await page.getByRole("button", { name: "Search" }).click();
  await page.waitForURL("**/ui/traces?*errors=true*");
  await link.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/ui/traces/${id}`);
  await page.getByText("recorded", { exact: true }).waitFor();
  const text = await spans.innerText();
  for (const name of [/POST \/v1\/events/, /publish order\.paid/, /deliver order\.paid/, /attempt POST/]) assert.match(text, name);
  await spans.locator("summary", { hasText: /attempt POST/ }).first().focus();
  await page.keyboard.press("Enter");
  await spans.locator("details[open]").getByText("http.response.status_code").waitFor();
  const viewer = page.getByRole("link", { name: "Open in viewer" });
  assert.equal(await viewer.getAttribute("href"), `https://viewer.example/trace/${id}`);
  await page.getByRole("region", { name: "Deliveries" }).getByText("dead", { exact: true }).waitFor();
  await page.getByRole("region", { name: "Deliveries" }).getByText("delivered", { exact: true }).waitFor();
  await page.getByRole("region", { name: "Deliveries" }).getByRole("link", { name: "order.paid" }).first().click();
  await page.getByRole("link", { name: "Whole trace" }).click();
  await page.waitForURL(`**/ui/traces/${id}`);
}

async function retry(world) {
  const { page, gateway, receiver } = world;
  for (let i = 0; i < 3; i++) await gateway.call("POST", "/v1/events", { type: "invoice.paid", data: { invoice: i } });
  await page.goto("/ui/deliveries?status=dead");
  const rows = page.locator("#list tbody tr");
  await rows.nth(2).waitFor();
  await page.goto("/");
  await page.locator("section", { hasText: "Latest failed deliveries" }).getByRole("link", { name: "invoice.paid" }).first().click();
  await page.getByText("out of order").waitFor();
  world.failed = page.url().split("/").pop();
  receiver.state.healed = true;
  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByText("The delivery is due again.").waitFor();
  await page.locator(".head").getByText("delivered", { exact: true }).waitFor();
  await page.getByText("Attempt 2", { exact: true }).waitFor();
}

async function rotate(world) {
  const { page } = world;
  await page.goto(`/ui/subscriptions/${world.shop}`);
  await page.getByText("Rotate the signing secret").click();
  await page.getByLabel("Both sign for (seconds)").fill("3600");
  await page.getByRole("button", { name: "Rotate the secret" }).click();
  await page.getByText("The secret is rotated").waitFor();
  const secret = await page.locator(".once pre").textContent();
  assert.match(secret, /^whsec_/);
  assert.notEqual(secret, world.secret);
  await page.getByText("The old secret signs too until").waitFor();
  await page.getByRole("link", { name: "To the subscription" }).click();
  await page.getByRole("button", { name: "Send a test event" }).click();
  await page.getByRole("heading", { name: "Deliveries" }).waitFor();
  await page.locator("#deliveries").getByText("delivered", { exact: true }).waitFor();
}

// A subscription gets a password that no page shows, with a mistake first; the next
// delivery has it.
async function authenticate(world) {
  const { page, receiver } = world;
  const password = "correct horse, of the browser";
  await page.goto(`/ui/subscriptions/${world.shop}/edit`);
  await page.getByText("Authentication", { exact: true }).click();
  await page.getByLabel("Username").waitFor({ state: "hidden" });
  await page.getByLabel("As follows").focus();
  await page.keyboard.press("Space");
  await page.getByLabel("Basic").check();
  await page.getByLabel("Username").fill("shop:colon");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("must not contain a colon").waitFor();
  await shots(world, "subscription-auth-wrong");
  assert.equal(await page.getByLabel("Password").inputValue(), "", "a secret does not come back");
  await page.getByLabel("Username").fill("shop");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("The changes are saved.").waitFor();
  await page.getByText("Basic as shop").waitFor();
  await page.getByRole("button", { name: "Send a test event" }).click();
  await page.locator("#deliveries").getByText("delivered", { exact: true }).waitFor();
  assert.equal(receiver.state.authorization, "Basic " + Buffer.from(`shop:${password}`).toString("base64"));
  await page.goto(`/ui/subscriptions/${world.shop}/edit`);
  assert.ok(await page.getByLabel("Leave it as it is").isChecked());
  assert.ok(!(await page.content()).includes(password));
  await page.getByLabel("Replace it").check();
  await page.getByLabel("OAuth 2 client credentials").check();
  await page.getByLabel("Client certificate (mTLS)").check();
  await page.getByLabel("Private key (PEM)").waitFor();
  await shots(world, "subscription-auth");
}

async function replay(world) {
  const { page } = world;
  await page.goto(`/ui/replays/new?subscription_id=${world.flaky}`);
  await page.getByRole("button", { name: "Count first" }).click();
  await page.getByText("This would make 2 deliveries").waitFor();
  await page.getByRole("button", { name: "Start the replay" }).click();
  await page.waitForURL(/replays\/[0-9a-f-]{36}/);
  await page.getByRole("progressbar").waitFor();
  await page.locator(".head").getByText("done", { exact: true }).waitFor();
  assert.equal(await page.getByRole("progressbar").getAttribute("aria-valuenow"), "100");
  world.replay = page.url().split("/").pop().split("?")[0];
  await page.goto(`/ui/deliveries?status=delivered&subscription_id=${world.flaky}`);
  await page.locator("#list tbody tr").nth(2).waitFor();
}

// The charts are drawn, and say the same as their table. Counts come every ten seconds.
async function charts({ page, browser, gateway, context }) {
  await page.goto("/");
  await page.locator("figure canvas").nth(3).waitFor();
  await page.locator("#figures tr:not([data-published='0'])").last().waitFor({ state: "attached" });
  await page.locator(".tiles div", { hasText: "Published" }).filter({ hasNotText: /Published\s*0$/ }).waitFor();
  // Reading and forms work without a script.
  const plain = await browser.newContext({ baseURL: gateway.base, javaScriptEnabled: false, storageState: await context.storageState() });
  const still = await plain.newPage();
  await still.goto("/ui/deliveries?status=delivered");
  await still.getByLabel("Event type").fill("order.created");
  await still.getByRole("button", { name: "Search" }).click();
  await still.getByRole("link", { name: "order.created" }).waitFor();
  assert.equal(await still.locator("#list tbody tr").count(), 1);
  await plain.close();
}

// An operator makes another account and its key; the key's holder sees nothing of the
// first account, by list or by address.
async function accounts(world) {
  const { page, gateway, browser } = world;
  await gateway.call("POST", "/v1/accounts", { name: "acme" });
  await page.goto("/");
  await page.getByLabel("Account", { exact: true }).selectOption("acme");
  await page.getByRole("button", { name: "Switch account" }).click();
  await page.getByText("Nothing is subscribed yet").waitFor();
  await page.goto("/ui/keys/new");
  await page.getByLabel("Name").fill("acme backend");
  await page.getByLabel("Scopes").fill("*");
  await page.getByRole("button", { name: "Make the key" }).click();
  await page.getByText("Copy the key now").waitFor();
  const key = await page.locator(".once pre").textContent();
  await page.getByLabel("Account", { exact: true }).selectOption("default");
  await page.getByRole("button", { name: "Switch account" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();

  const context = await browser.newContext({ baseURL: gateway.base });
  const other = await context.newPage();
  await other.goto("/");
  await other.getByLabel("API key").fill(key);
  await other.getByRole("button", { name: "Log in" }).click();
  await other.getByRole("heading", { name: "Overview" }).waitFor();
  assert.equal(await other.getByLabel("Account", { exact: true }).count(), 0, "an account's key has no other account to go to");
  for (const path of [`/ui/deliveries/${world.delivery}`, `/ui/events/${world.event}`, `/ui/subscriptions/${world.shop}`, `/ui/traces/${world.trace}`, `/ui/replays/${world.replay}`]) {
    const answer = await other.goto(path);
    assert.equal(answer.status(), 404, path);
  }
  await other.goto("/ui/deliveries");
  await other.getByText("No deliveries yet").waitFor();
  await context.close();
}

// Another site's form and a page in a frame get nowhere.
async function strangers({ page, gateway }) {
  for (const origin of ["https://evil.example", "null"]) {
    const answer = await page.request.post(`${gateway.base}/ui/logout`, { headers: { origin, "sec-fetch-site": "cross-site" }, maxRedirects: 0 });
    assert.equal(answer.status(), 403);
  }
  const answer = await page.request.get(gateway.base + "/", { headers: { accept: "text/html" } });
  assert.match(answer.headers()["content-security-policy"], /default-src 'none'.*frame-ancestors 'none'/);
}
