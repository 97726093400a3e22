// Reads a delivery as the CloudEvents SDK reads a request in structured mode.
import { HTTP } from 'cloudevents';
import { header, nodeHeaders } from './headers.mjs';

export function cloudEvent({ headers, body }) {
  // The vendor's sample consumer keeps the raw body of this content type alone.
  const type = header(headers, 'Content-Type');
  if (!/^application\/cloudevents\+json(;|$)/.test(type)) {
    throw new Error(`Content-Type is ${type}`);
  }
  const event = HTTP.toEvent({ headers: nodeHeaders(headers), body: body.toString() });
  event.validate();
  return event.toJSON();
}
