import { once } from "node:events";
import { createServer } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAiErrorFrom } from "./errors/openai-error.js";
import { aiWays } from "./testing/ai-ways.js";
import { openAiNodeWays } from "./testing/openai-node-ways.js";
import { openAiPythonWays } from "./testing/openai-python-ways.js";
import { usePythonSdk } from "./testing/use-python-sdk.js";

// As long as the proxy knows no callers it takes any key. What it has for one that it does not take stands here behind a
// door that refuses everybody.
let url = "";
const door = createServer((request, response) => {
  const { status, headers, body } = openAiErrorFrom(new ConnectError("the key is not known", Code.Unauthenticated));
  request.resume();
  response.writeHead(status, { "content-type": "application/json", ...Object.fromEntries(headers) });
  response.end(JSON.stringify(body));
});
beforeAll(async () => {
  await once(door.listen(0, "127.0.0.1"), "listening");
  const address = door.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/v1`;
});
afterAll(async () => {
  door.closeAllConnections();
  await once(door.close(), "close");
});

const ways = [
  ...openAiNodeWays.map((way) => ({ sdk: "openai for Node", way, error: "AuthenticationError" })),
  ...openAiPythonWays(usePythonSdk()).map((way) => ({ sdk: "openai for Python", way, error: "AuthenticationError" })),
  ...aiWays.map((way) => ({ sdk: "ai", way, error: "AI_APICallError" })),
];
test.for(ways)("$sdk, $way.name: a key that is not known", async ({ way, error }, context) => {
  const request = { model: "gpt-4.1", prompt: "hello", models: [], meridian: { commit: "first_token" } };
  const outcome = await way.ask(url, request, context);
  expect(outcome).toEqual({ error, isOwn: true, status: 401, code: "invalid_api_key" });
});
