// The value of a header that must be there exactly once. headers is a list of
// [name, value] pairs, as they came.
export function header(headers, name) {
  const values = headers.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, v]) => v);
  if (values.length !== 1) {
    throw new Error(`header ${name} is there ${values.length} times, not once`);
  }
  return values[0];
}

// The headers as Node.js gives them to a handler: lower-case names, values of one
// name joined.
export function nodeHeaders(headers) {
  const out = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    out[key] = key in out ? `${out[key]}, ${value}` : value;
  }
  return out;
}
