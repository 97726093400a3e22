// ChatBot.com signs nothing. As in the vendor's sample endpoint, the caller is known
// by the token in the query; and by basic authentication where the webhook has it.
// secret is the token, credentials are "<username>:<password>".
import { createHash, timingSafeEqual } from 'node:crypto';
import { header } from './headers.mjs';

const hash = (text) => createHash('sha256').update(text).digest();
const same = (a, b) => timingSafeEqual(hash(a), hash(b));

export function verify({ url, headers, body, secret, credentials }) {
  const tokens = new URL(url).searchParams.getAll('token');
  if (tokens.length !== 1 || !same(tokens[0], secret)) {
    throw new Error('the token in the query does not match');
  }
  if (credentials) {
    const [, encoded] = /^Basic (\S+)$/.exec(header(headers, 'Authorization')) ?? [];
    if (!encoded || !same(Buffer.from(encoded, 'base64').toString(), credentials)) {
      throw new Error('basic authentication does not match');
    }
  }
  return { parsed: JSON.parse(body) };
}
