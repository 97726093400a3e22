// Bird, after docs.bird.com, Verifying a webhook subscription: messagebird-signature
// is the Base64 HMAC-SHA256, under the text of the signing key, of the timestamp,
// the request's URL and the SHA-256 of the raw body (its 32 bytes), joined by line
// breaks.
//
// The page names no tolerance. The vendor repeats a delivery for 8 hours under its
// first timestamp, so nothing younger than that may be refused as old; nothing of
// the future is expected beyond a wrong clock.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { header } from './headers.mjs';

const OLDEST_SECONDS = 8 * 60 * 60;
const CLOCK_SECONDS = 300;

export function verify({ url, headers, body, secret }) {
  const signature = Buffer.from(header(headers, 'messagebird-signature'), 'base64');
  const timestamp = header(headers, 'messagebird-request-timestamp');
  if (!/^\d+$/.test(timestamp)) {
    throw new Error('messagebird-request-timestamp is not in seconds');
  }
  const want = createHmac('sha256', secret)
    .update(`${timestamp}\n${url}\n`)
    .update(createHash('sha256').update(body).digest())
    .digest();
  if (signature.length !== want.length || !timingSafeEqual(want, signature)) {
    throw new Error('messagebird-signature does not match');
  }
  const age = Date.now() / 1000 - Number(timestamp);
  if (age > OLDEST_SECONDS || age < -CLOCK_SECONDS) {
    throw new Error(`messagebird-request-timestamp is ${Math.round(age)} seconds old`);
  }
  return { parsed: JSON.parse(body) };
}
