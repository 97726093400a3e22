// Switchhook's own form: Standard Webhooks around a CloudEvent, verified by the
// specification's own library.
import { Webhook } from 'standardwebhooks';
import { cloudEvent } from './cloudevent.mjs';
import { nodeHeaders } from './headers.mjs';

export function verify({ headers, body, secret }) {
  new Webhook(secret).verify(body, nodeHeaders(headers));
  return { parsed: cloudEvent({ headers, body }) };
}
