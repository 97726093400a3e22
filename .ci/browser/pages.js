// The pages, with ids of what the story has made.
export async function pages(world) {
  const { gateway, page } = world;
  const keys = await gateway.call("GET", "/v1/keys");
  const mine = await gateway.call("POST", "/v1/keys", { name: "shop backend", scopes: ["events:write", "deliveries:read"] });
  await gateway.call("PUT", "/v1/event-types/order.created", {
    description: "A customer has ordered.", schema: { type: "object", required: ["order"], properties: { order: { type: "string" } } }, example: { order: "4711" },
  });
  await gateway.call("POST", "/v1/subscriptions", { url: world.receiver.url + "/paused", name: "Warehouse", enabled: false });
  if (keys.items.length === 0) throw new Error("there is no key");
  await page.goto("/");
  return [
    ["overview", "/"],
    ["overview-all", "/?range=24h&all=1"],
    ["deliveries", "/ui/deliveries"],
    ["deliveries-none", "/ui/deliveries?event_type=nothing.of.it"],
    ["deliveries-wrong", "/ui/deliveries?event_id=7"],
    ["delivery", `/ui/deliveries/${world.delivery}`],
    ["delivery-retried", `/ui/deliveries/${world.failed}`],
    ["events", "/ui/events"],
    ["event", `/ui/events/${world.event}`],
    ["traces", "/ui/traces"],
    ["traces-wrong", "/ui/traces?since=2026-11-22T10:00&until=2026-11-21T10:00"],
    ["trace", `/ui/traces/${world.trace}`],
    ["event-types", "/ui/event-types"],
    ["subscriptions", "/ui/subscriptions"],
    ["subscription", `/ui/subscriptions/${world.shop}`],
    ["subscription-edit", `/ui/subscriptions/${world.shop}/edit`],
    ["subscription-new", "/ui/subscriptions/new"],
    ["subscription-delete", `/ui/subscriptions/${world.shop}/delete`],
    ["replays", "/ui/replays"],
    ["replay", `/ui/replays/${world.replay}`],
    ["replay-new", "/ui/replays/new"],
    ["keys", "/ui/keys"],
    ["key-new", "/ui/keys/new"],
    ["key-rotate", `/ui/keys/${mine.id}/rotate`],
    ["key-revoke", `/ui/keys/${mine.id}/revoke`],
    ["audit", "/ui/audit"],
    ["providers", "/ui/providers"],
    ["provider", "/ui/providers/standard"],
    ["missing", "/ui/nothing"],
  ];
}
