import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startTestProxy } from "./testing/start-test-proxy.js";
import { apiKeyEntry, createTestSigner, testAudience, testIssuer } from "./testing/test-tokens.js";
import { wireCall } from "./testing/wire-call.js";

const rightKey = "mk_right-key-0000000000000000000000000000000000";
const path = "/meridian.inference.v1.InferenceService/ListModels";

test("while forged tokens wait for a slow issuer, a new one is told to come again, and keys pass", async () => {
  const directory = mkdtempSync(join(tmpdir(), "meridian-flood-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const keyFile = join(directory, "keys.json");
  writeFileSync(keyFile, JSON.stringify({ keys: [apiKeyEntry(rightKey)] }));
  const signer = await createTestSigner();
  let answer = () => {};
  const issuer = createServer((_request, response) => {
    answer = () => response.end(JSON.stringify(signer.keySet));
  }).listen(0, "127.0.0.1");
  await once(issuer, "listening");
  onTestFinished(() => {
    issuer.closeAllConnections();
    issuer.close();
  });
  // Of a server that listens on a port the address is never a path.
  const { port } = issuer.address() as AddressInfo;
  const target = await startTestProxy({
    yaml: `
tenants: { search: {} }
auth:
  apiKeys: { file: ${keyFile} }
  jwt: [{ issuer: "${testIssuer}", audience: "${testAudience}", jwks: "http://127.0.0.1:${port}/jwks" }]
`,
    readFile: (file) => readFileSync(file, "utf8"),
  });
  onTestFinished(() => target.stop());
  const { url } = target.proxy;

  const right = await signer.sign();
  const forged = right.slice(0, right.lastIndexOf(".") + 1);
  const session = connect(url);
  onTestFinished(() => session.close());
  const ask = async (token: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    stream.end("{}");
    stream.resume();
    const [answered] = await once(stream, "response");
    return answered[":status"];
  };
  const statuses = Array.from({ length: 1_016 }, (_, index) =>
    ask(forged + Buffer.alloc(64, String(index).padStart(4, "0")).toString("base64url")),
  );
  // Streams begin in their order: once this one is answered, all before it wait.
  expect(await ask(rightKey)).toBe(200);

  const wire = { name: "", rpc: "ListModels", httpVersion: 1, contentType: "application/json" } as const;
  const call = (token: string) =>
    wireCall(url, wire, Buffer.from("{}"), { headers: { authorization: `Bearer ${token}` } });
  const { code, answer: refused, details } = await call(right);
  expect([code, refused.status, refused.headers.get("retry-after")]).toEqual(["unavailable", 503, "1"]);
  expect(details).toMatchObject([{ reason: "too_many_calls" }]);
  expect((await call(rightKey)).code).toBe("ok");
  expect((await call("mk_wrong")).code).toBe("unauthenticated");

  answer();
  expect(new Set(await Promise.all(statuses))).toEqual(new Set([401]));
  expect((await call(right)).code).toBe("ok");
});
