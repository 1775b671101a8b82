import { expect, test } from "vitest";
import { useSimulator } from "./testing/use-simulator.js";
import { at, chat, json, send } from "./testing/wire.js";

const start = useSimulator();
const bare = { authorization: "" };

test("faults are switched, shown and taken away", async () => {
  const simulator = await start();
  const path = "/admin/faults";
  const rules = { faults: [{ fault: "status-503;retry-after=2", model: "gpt-4.1", times: 1 }] };
  const put = await send(simulator, { method: "PUT", path, body: rules, headers: bare });
  expect([put.status, json(put.text)]).toEqual([200, rules]);
  expect(json((await send(simulator, { path })).text)).toEqual(rules);
  expect((await send(simulator, { body: chat() })).headers["retry-after"]).toBe("2");
  expect((await send(simulator, { body: chat() })).status).toBe(200);
  expect(json((await send(simulator, { method: "DELETE", path })).text)).toEqual({ faults: [] });
});

test.each([
  ["not JSON", "{", "expected a list"],
  ["an unknown fault", ["bang"], 'faults[0]: unknown fault "bang"'],
  ["a port that would refuse for good", ["refused"], "refused needs for=MS here"],
])("%s is refused, and the rules stay", async (_, body, message) => {
  const simulator = await start();
  await send(simulator, { method: "PUT", path: "/admin/faults", body: ["status-503"] });
  const answer = await send(simulator, { method: "PUT", path: "/admin/faults", body });
  expect(answer.status).toBe(400);
  expect(at(json(answer.text), "error", "message")).toContain(message);
  expect((await send(simulator, { body: chat() })).status).toBe(503);
});

test("a port that refuses for a while comes back", async () => {
  const simulator = await start();
  expect((await send(simulator, { method: "PUT", path: "/admin/faults", body: ["refused;for=60"] })).status).toBe(200);
  await expect.poll(async () => (await send(simulator, { body: chat() })).status).toBe(200);
});

test("calls are shown without their keys, and forgotten; admin calls are none", async () => {
  const simulator = await start();
  await send(simulator, { body: chat(), headers: { authorization: "Bearer secret-key-1234" } });
  const answer = await send(simulator, { path: "/admin/calls" });
  expect(json(answer.text)).toMatchObject({
    total: 1,
    calls: [{ method: "POST", model: "gpt-4.1", headers: { authorization: "Bearer ****1234" }, body: chat() }],
  });
  expect(answer.text).not.toContain("secret-key");
  await send(simulator, { body: chat(), headers: { authorization: "Bearer abc" } });
  expect((await send(simulator, { path: "/admin/calls" })).text).not.toContain("abc");
  await send(simulator, { method: "DELETE", path: "/admin/calls" });
  expect(json((await send(simulator, { path: "/admin/calls" })).text)).toEqual({ total: 0, calls: [] });
});

test("keys are switched", async () => {
  const simulator = await start();
  const status = async () => (await send(simulator, { path: "/v1/models" })).status;
  await send(simulator, { method: "PUT", path: "/admin/keys", body: { keys: ["other"] } });
  expect(await status()).toBe(401);
  await send(simulator, { method: "PUT", path: "/admin/keys", body: { keys: null } });
  expect(await status()).toBe(200);
  expect((await send(simulator, { method: "PUT", path: "/admin/keys", body: {} })).status).toBe(400);
});

test("anything else is not there", async () => {
  const simulator = await start();
  expect((await send(simulator, { path: "/admin" })).status).toBe(404);
  expect((await send(simulator, { path: "/admin/faults", body: {} })).status).toBe(404);
});
