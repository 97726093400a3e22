// The WhatsApp gateway has the signature that GitHub made common: sha256=<hex> of
// the raw body, in two headers. GitHub's own library verifies both.
import { verify as verifyHub } from '@octokit/webhooks-methods';
import { header } from './headers.mjs';

export async function verify({ headers, body, secret }) {
  for (const name of ['X-Hub-Signature-256', 'X-Webhook-Signature']) {
    if (!(await verifyHub(secret, body.toString(), header(headers, name)))) {
      throw new Error(`${name} does not match`);
    }
  }
  const parsed = JSON.parse(body);
  // The documentation's verifier for Node.js hashes JSON.stringify of the parsed
  // body in place of the body.
  const stringified = await verifyHub(secret, JSON.stringify(parsed), header(headers, 'X-Webhook-Signature'));
  return { parsed, stringified };
}
