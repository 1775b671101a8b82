import { ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { ErrorDetailSchema, InferenceService } from "@meridian/inference-proto";
import { expect, test } from "vitest";
import { createMessageCheck, validateRequest } from "./validate-request.js";

let reached = 0;
const transport = createRouterTransport(
  ({ service }) =>
    service(InferenceService, {
      chat() {
        reached += 1;
        return {};
      },
      async *streamChat() {
        reached += 1;
        yield {};
      },
      explainRoute() {
        reached += 1;
        return {};
      },
    }),
  { router: { interceptors: [validateRequest(createMessageCheck())] } },
);
const client = createClient(InferenceService, transport);

async function violationsOf(call: Promise<unknown>) {
  const error = ConnectError.from(
    await call.then(
      () => undefined,
      (reason: unknown) => reason,
    ),
  );
  return error.findDetails(ErrorDetailSchema).flatMap(({ violations }) => violations);
}

async function streamed(request: Parameters<typeof client.streamChat>[0]): Promise<void> {
  for await (const _ of client.streamChat(request));
}

const hello = { role: "user", content: "hello" };

test("lets a request through that keeps the rules, on every kind of RPC", async () => {
  reached = 0;
  await client.chat({ messages: [hello] });
  await streamed({ messages: [hello] });
  await client.explainRoute({ chat: { messages: [hello] } });
  expect(reached).toBe(3);
});

test("names every field that breaks a rule, by its path, and calls no handler", async () => {
  reached = 0;
  const request = { messages: [hello, { role: "robot", content: "x" }], n: 99, metadata: { "": "x" } };
  const fields = ["messages[1].role", 'metadata[""]', "n"];
  for (const call of [client.chat(request), streamed(request)])
    expect((await violationsOf(call)).map(({ field }) => field).sort()).toEqual(fields);
  expect((await violationsOf(client.explainRoute({ chat: request }))).map(({ field }) => field).sort()).toEqual(
    fields.map((field) => `chat.${field}`),
  );
  expect((await violationsOf(client.explainRoute({}))).map(({ field }) => field)).toEqual(["chat"]);
  expect(reached).toBe(0);
});

test("tells of sixteen at most", async () => {
  const messages = Array.from({ length: 100 }, () => ({ role: "robot", content: "x" }));
  expect(await violationsOf(client.chat({ messages }))).toHaveLength(16);
});
