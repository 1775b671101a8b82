import type { ExchangeMessage } from "./dispatcher.js";

/**
 * A request as it is sent. Throws a TypeError where a header cannot be: a line break in one would be read as another header, or as
 * another request.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3
 */
export function requestText(host: string, { method, path, headers, body }: ExchangeMessage): string {
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? "";
    // Not what it says: it may be a key.
    if (!sendable.test(value)) throw new TypeError(`the header ${name} has characters that cannot be sent`);
    text += `${name}: ${value}\r\n`;
  }
  return body === undefined ? `${text}\r\n` : `${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const sendable = /^[\t\x20-\x7e]*$/;
