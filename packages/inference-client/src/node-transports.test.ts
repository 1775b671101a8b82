import { describe, expect, onTestFinished, test } from "vitest";
import { createInferenceClient } from "./node.js";
import { startStubService } from "./test/start-stub-service.js";

describe.each(["1.1", "2"] as const)("HTTP/%s", (httpVersion) => {
  const start = async (idleConnectionTimeoutMs?: number) => {
    const service = await startStubService(httpVersion, { listModels: () => ({}) });
    const client = createInferenceClient({ baseUrl: service.baseUrl, httpVersion, idleConnectionTimeoutMs });
    onTestFinished(async () => {
      client.close();
      await service.close();
    });
    return { service, client };
  };

  test("calls one after the other share a connection, which close ends", async () => {
    const { service, client } = await start();
    await client.listModels();
    await client.listModels();
    expect(service.connectionCount()).toBe(1);
    client.close();
    await service.disconnected();
  });

  test("a connection that lies idle is closed, and the next call opens another", async () => {
    const { service, client } = await start(50);
    await client.listModels();
    await service.disconnected();
    await client.listModels();
    expect(service.connectionCount()).toBe(2);
  });
});
