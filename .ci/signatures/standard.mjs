// Switchhook's own form: Standard Webhooks around a CloudEvent. v1 is verified by
// the specification's own library, which does not know v1a: that is verified by
// Node.js, as the specification describes it.
import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { cloudEvent } from './cloudevent.mjs';
import { nodeHeaders } from './headers.mjs';

const PUBLIC = 'whpk_';
const TOLERANCE = 5 * 60;

export function verify({ headers, body, secret }) {
  if (secret.startsWith(PUBLIC)) {
    verifyKeyPair(nodeHeaders(headers), body, secret.slice(PUBLIC.length));
  } else {
    new Webhook(secret).verify(body, nodeHeaders(headers));
  }
  return { parsed: cloudEvent({ headers, body }) };
}

// The messages are those of the library, so that both are tested alike.
function verifyKeyPair(headers, body, text) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures) {
    throw new Error('Missing required headers');
  }
  const age = Date.now() / 1000 - Number(timestamp);
  if (!(Math.abs(age) <= TOLERANCE)) {
    throw new Error(`Message timestamp too ${age > 0 ? 'old' : 'new'}`);
  }
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(text, 'base64').toString('base64url') },
    format: 'jwk',
  });
  const message = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const matches = signatures.split(' ').some((versioned) => {
    const [version, signature] = versioned.split(',');
    return version === 'v1a' && verifySignature(null, message, key, Buffer.from(signature, 'base64'));
  });
  if (!matches) {
    throw new Error('No matching signature found');
  }
}
