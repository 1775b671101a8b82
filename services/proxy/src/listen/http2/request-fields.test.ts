import { expect, test } from "vitest";
import { headerFieldOf } from "./header-table.js";
import { RequestFields } from "./request-fields.js";

const request = [":method: POST", ":scheme: http", ":path: /chat", ":authority: a"];

function fieldsOf(lines: readonly string[], { maxBytes = 1_000, isTrailers = false } = {}): RequestFields {
  const fields = new RequestFields(maxBytes, isTrailers);
  for (const line of lines) {
    const colon = line.indexOf(":", 1);
    fields.take(headerFieldOf(line.slice(0, colon), line.slice(colon + 2)));
  }
  fields.end();
  return fields;
}

test.each<[name: string, lines: readonly string[], headers: object]>([
  ["all of a request", request, { ":method": "POST", ":scheme": "http", ":path": "/chat", ":authority": "a" }],
  ["a server that is named by Host", [...request.slice(0, 3), "host: b"], { host: "b" }],
  ["OPTIONS for the server itself", [":method: OPTIONS", ":scheme: http", ":path: *", "host: b"], { ":path": "*" }],
  ["CONNECT", [":method: CONNECT", ":authority: a:1"], { ":method": "CONNECT" }],
  ["the one TE that there may be", [...request, "te: trailers"], { te: "trailers" }],
  ["cookies", [...request, "cookie: a=1", "cookie: b=2"], { cookie: "a=1; b=2" }],
  ["a header that may come again", [...request, "accept: a", "accept: b"], { accept: "a, b" }],
  ["a header of which the first counts", [...request, "authorization: a", "authorization: b"], { authorization: "a" }],
  ["a name that objects have", [...request, "constructor: a", "__proto__: b"], { constructor: "a" }],
  ["spaces around a value", [...request, "authorization: Bearer \t"], { authorization: "Bearer" }],
])("takes %s", (_name, lines, headers) => {
  const fields = fieldsOf(lines);
  expect(fields.failure).toBeUndefined();
  expect({ ...fields.headers }).toMatchObject(headers);
});

test.each<[name: string, lines: readonly string[]]>([
  ["no method", request.slice(1)],
  ["no scheme", [":method: GET", ":path: /", ":authority: a"]],
  ["no path", [":method: GET", ":scheme: http", ":authority: a"]],
  ["no server", request.slice(0, 3)],
  ["an empty method", [":method: ", ...request.slice(1)]],
  ["an empty path", [...request.slice(0, 2), ":path: ", ":authority: a"]],
  ["a path that is none", [...request.slice(0, 2), ":path: chat", ":authority: a"]],
  ["CONNECT with a path", [":method: CONNECT", ":path: /", ":authority: a:1"]],
  ["a method twice", [...request, ":method: GET"]],
  ["a status", [":status: 200", ...request]],
  ["what nobody knows of the protocol's own", [":protocol: websocket", ...request]],
  ["the protocol's own behind others", ["accept: a", ...request]],
  ["upper case", [...request, "Accept: a"]],
  ["a name with a space", [...request, "a b: c"]],
  ["an empty name", [...request, ": c"]],
  ["a line end in a value", [...request, "a: b\r\nc: d"]],
  ["a zero in a value", [...request, "a: b\0"]],
  ["Connection", [...request, "connection: close"]],
  ["Keep-Alive", [...request, "keep-alive: timeout=1"]],
  ["Transfer-Encoding", [...request, "transfer-encoding: chunked"]],
  ["Upgrade", [...request, "upgrade: h2c"]],
  ["Proxy-Connection", [...request, "proxy-connection: close"]],
  ["another TE", [...request, "te: gzip"]],
  ["a length that is none", [...request, "content-length: +1"]],
  ["two lengths", [...request, "content-length: 1", "content-length: 1"]],
  ["two hosts", [...request, "host: a", "host: a"]],
])("refuses %s", (_name, lines) => expect(fieldsOf(lines).failure).toBe("malformed"));

test("measures names and values", () => {
  const bytes = request.join("").length - request.length * ": ".length;
  expect(fieldsOf(request, { maxBytes: bytes }).failure).toBeUndefined();
  expect(fieldsOf(request, { maxBytes: bytes - 1 }).failure).toBe("too_large");
});

test("takes trailers, which are no request", () => {
  expect(fieldsOf(["a: b"], { isTrailers: true }).failure).toBeUndefined();
  expect(fieldsOf([":path: /"], { isTrailers: true }).failure).toBe("malformed");
});
