// Verifies captured deliveries, one JSON object a line on standard input:
//
//   provider     callbell, chatbot, bird, whatsapp, vonage or standard
//   url, method  as the receiver was called
//   headers      list of [name, value]
//   body         Base64 of the raw body
//   secret       as the subscriber has it
//   credentials  "<username>:<password>", chatbot alone, optional
//   now          Unix seconds at which to verify; absent: now
//
// It writes one line for each: {"ok": true, "parsed": …} or {"ok": false, "error": …}.
// The exit code is 1 where one is not ok. vectors.jsonl has deliveries that were
// signed with OpenSSL; all of them are ok.
import { createInterface } from 'node:readline';
import * as bird from './bird.mjs';
import * as callbell from './callbell.mjs';
import * as chatbot from './chatbot.mjs';
import * as standard from './standard.mjs';
import * as vonage from './vonage.mjs';
import * as whatsapp from './whatsapp.mjs';

const providers = new Map(Object.entries({ bird, callbell, chatbot, standard, vonage, whatsapp }));
const clock = Date.now;

async function verify(line) {
  const delivery = JSON.parse(line);
  const provider = providers.get(delivery.provider);
  if (!provider) {
    throw new Error(`no provider ${delivery.provider}`);
  }
  if (delivery.method !== 'POST') {
    throw new Error(`the method is ${delivery.method}, not POST`);
  }
  // The libraries have no clock to set; all of them ask Date.now.
  Date.now = delivery.now === undefined ? clock : () => delivery.now * 1000;
  try {
    return await provider.verify({ ...delivery, body: Buffer.from(delivery.body, 'base64') });
  } finally {
    Date.now = clock;
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let result;
  try {
    result = { ok: true, ...(await verify(line)) };
  } catch (err) {
    result = { ok: false, error: err.message };
    process.exitCode = 1;
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
