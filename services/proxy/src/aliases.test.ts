import { expect, test } from "vitest";
import { callJson } from "./testing/call-json.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const target = useTestProxy({ yaml: "routing: {aliases: {smart: gpt-4.1, best: auto}}" });
const messages = [{ role: "user", content: "Find a similar category" }];
const chat = (request: object) => callJson(target().proxy.url, "Chat", { messages, ...request });

test("an alias of a model pins it, in ExplainRoute too", async () => {
  const { headers, body } = await chat({ model: "smart" });
  expect(headers.get("x-model-routed")).toBe("gpt-4.1");
  expect(body).toMatchObject({ model: "gpt-4.1", route: { model: "gpt-4.1" } });
  const explained = await callJson(target().proxy.url, "ExplainRoute", { chat: { messages, model: "smart" } });
  expect(explained.body).toMatchObject({ candidates: [{ model: "gpt-4.1" }] });
});

test("an alias of auto leaves the choice to Meridian", async () => {
  expect((await chat({ model: "best" })).body).toMatchObject({ model: "deepseek-v3.2", route: { tier: "low" } });
});

test("the models of a list may be named by alias, but not left to Meridian", async () => {
  const { body } = await chat({ routing: { allowed_models: ["smart"] } });
  expect(body).toMatchObject({ model: "gpt-4.1" });
  const refused = await chat({ model: "smart", routing: { fallbacks: ["best"] } });
  expect(refused).toMatchObject({ status: 400, body: { code: "invalid_argument" } });
});
