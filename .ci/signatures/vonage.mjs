// Vonage Contact Center, as its sample consumer verifies: Vonage-Signature is a bare
// JWT, HS256 under the Base64-decoded secret, whose payload_hash is the plain SHA-256
// of the raw body; good for five minutes.
import { createHash } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { cloudEvent } from './cloudevent.mjs';
import { header } from './headers.mjs';

const LIFE_SECONDS = 300;

export function verify({ headers, body, secret }) {
  const claims = jwt.verify(header(headers, 'Vonage-Signature'), Buffer.from(secret, 'base64'), { algorithms: ['HS256'] });
  if (claims.payload_hash !== createHash('sha256').update(body).digest('hex')) {
    throw new Error('payload_hash does not match');
  }
  if (claims.exp - claims.iat !== LIFE_SECONDS) {
    throw new Error(`the token is not good for ${LIFE_SECONDS} seconds from iat to exp`);
  }
  return { parsed: cloudEvent({ headers, body }) };
}
