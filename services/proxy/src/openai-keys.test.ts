import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aiWays } from "./testing/ai-ways.js";
import { openAiNodeWays } from "./testing/openai-node-ways.js";
import { openAiPythonWays } from "./testing/openai-python-ways.js";
import { callerKey } from "./testing/sdk-client.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";
import { apiKeyEntry } from "./testing/test-tokens.js";
import { usePythonSdk } from "./testing/use-python-sdk.js";

// A key of Meridian's is what the SDKs take for one of OpenAI's.

const directory = mkdtempSync(join(tmpdir(), "meridian-keys-"));
let knowing: TestProxy;
let strange: TestProxy;

beforeAll(async () => {
  const start = (name: string, keys: readonly object[]) => {
    const file = join(directory, name);
    writeFileSync(file, JSON.stringify({ keys }));
    const yaml = `auth: { apiKeys: { file: ${file} } }\ntenants: { search: {} }`;
    return startTestProxy({ yaml, readFile: (path) => readFileSync(path, "utf8") });
  };
  knowing = await start("known.json", [apiKeyEntry(callerKey)]);
  strange = await start("strange.json", [apiKeyEntry(`${callerKey}-of-another`)]);
});
afterAll(async () => {
  await Promise.all([knowing, strange].map((target) => target?.stop()));
  rmSync(directory, { recursive: true });
});

const ways = [
  ...openAiNodeWays.map((way) => ({ sdk: "openai for Node", way, error: "AuthenticationError" })),
  ...openAiPythonWays(usePythonSdk()).map((way) => ({ sdk: "openai for Python", way, error: "AuthenticationError" })),
  ...aiWays.map((way) => ({ sdk: "ai", way, error: "AI_APICallError" })),
];
const request = { model: "gpt-4.1", prompt: "hello", models: [], meridian: { commit: "first_token" } };

test.for(ways)("$sdk, $way.name: a key that is not known", async ({ way, error }, context) => {
  const outcome = await way.ask(`${strange.proxy.url}/v1`, request, context);
  expect(outcome).toEqual({ error, isOwn: true, status: 401, code: "invalid_api_key" });
});

test.for(ways)("$sdk, $way.name: a key that is", async ({ way }, context) => {
  const outcome = await way.ask(`${knowing.proxy.url}/v1`, request, context);
  expect(outcome).toMatchObject({ text: expect.stringContaining("hello"), finishReason: "stop" });
});
