// Callbell, after docs.callbell.eu, Webhooks, Signatures:
// X-Callbell-Signature: t=<unix seconds>,v1=<lower-case hex>, HMAC-SHA256 of
// "<t>.<raw body>" under the whole secret, whsec_ included; refused when t is more
// than 300 seconds from now, either side.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { header } from './headers.mjs';

const TOLERANCE_SECONDS = 300;

export function verify({ headers, body, secret }) {
  const field = header(headers, 'X-Callbell-Signature');
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(field) ?? [];
  if (t === undefined) {
    throw new Error('X-Callbell-Signature is not t=<seconds>,v1=<hex>');
  }
  const want = createHmac('sha256', secret).update(`${t}.`).update(body).digest();
  if (!timingSafeEqual(want, Buffer.from(v1, 'hex'))) {
    throw new Error('X-Callbell-Signature does not match');
  }
  if (Math.abs(Date.now() / 1000 - Number(t)) > TOLERANCE_SECONDS) {
    throw new Error(`t is more than ${TOLERANCE_SECONDS} seconds from now`);
  }
  return { parsed: JSON.parse(body) };
}
