// A gateway as a process of its own, and an endpoint that it delivers to.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const key = "swh_operator-key-for-the-browser";
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export function temporary() {
  const dir = mkdtempSync(join(tmpdir(), "switchhook-browser-"));
  mkdirSync(join(dir, "shots"));
  return dir;
}

// startReceiver answers 200, but below /flaky 500 until it is healed.
export async function startReceiver() {
  const state = { healed: false, got: 0, authorization: undefined };
  const server = createServer((req, res) => {
    req.resume();
    req.on("end", () => {
      state.got++;
      state.authorization = req.headers.authorization;
      const ok = !req.url.startsWith("/flaky") || state.healed;
      res.writeHead(ok ? 200 : 500, { "content-type": "application/json" });
      res.end(ok ? '{"ok":true}' : '{"error":"out of order"}');
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    state, url: `http://127.0.0.1:${server.address().port}`,
    close: () => { server.closeAllConnections(); server.close(); },
  };
}

// sampled is a header that has what a request does recorded, and its trace's id.
export function sampled() {
  const id = randomBytes(16).toString("hex");
  return { id, header: { traceparent: `00-${id}-${randomBytes(8).toString("hex")}-01` } };
}

// startGateway waits until the gateway is ready, a minute at most.
export async function startGateway(dir) {
  const data = join(dir, "data");
  const child = spawn(join(root, "bin", "switchhook"), ["serve"], {
    env: {
      PATH: process.env.PATH, TMPDIR: tmpdir(), GOMAXPROCS: "2", SWITCHHOOK_LISTEN: "127.0.0.1:0", SWITCHHOOK_DATA: data,
      SWITCHHOOK_ADMIN_KEY: key, SWITCHHOOK_EGRESS_ALLOW: "127.0.0.0/8", SWITCHHOOK_DELIVERY_POLL_INTERVAL: "50ms",
      // Which traces are recorded must not be chance: those whose publisher says so, and
      // all others are computed from what is stored.
      OTEL_TRACES_SAMPLER: "parentbased_always_off",
      SWITCHHOOK_TRACES_VIEWER_URL: "https://viewer.example/trace/{trace_id}",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  const ended = new Promise((done) => child.on("exit", done));
  const base = await new Promise((done, failed) => {
    const late = setTimeout(() => { child.kill("SIGKILL"); failed(new Error(`the gateway is not ready:\n${log}`)); }, 60_000);
    child.stderr.on("data", (chunk) => {
      log = (log + chunk).slice(-100_000);
      const ready = /msg=ready listen=(\S+)/.exec(log);
      if (ready) { clearTimeout(late); done(`http://${ready[1]}`); }
    });
    ended.then((code) => failed(new Error(`the gateway ended with ${code}:\n${log}`)));
  });
  return {
    base,
    call: async (method, path, body, extra = {}) => {
      const answer = await fetch(base + path, {
        method, body: body && JSON.stringify(body),
        headers: { authorization: `Bearer ${key}`, ...(body ? { "content-type": "application/json" } : {}), ...extra },
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return text ? JSON.parse(text) : undefined;
    },
    stop: async () => {
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(hard);
      rmSync(data, { recursive: true, force: true });
    },
  };
}
