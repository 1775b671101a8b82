import { anonymous, type Endpoint, type HealthSnapshot, Secret, type TenantRights } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import { modelsResponseFrom } from "./models-response.js";

const health: HealthSnapshot = {
  breaker: () => "closed",
  latencyMs: () => undefined,
  inFlight: () => 0,
  reachability: () => "reachable",
  isChecked: () => true,
};

function endpoint(name: string, region: string | undefined, models?: readonly string[]): Endpoint {
  const credentials = [{ name: "main", version: "1", cohort: undefined, key: new Secret("k") }];
  return { name, region, baseUrl: "http://127.0.0.1:9/v1", models, credentials };
}

const policy = {
  ...compileTestConfig("", { RELAY_BASE_URL: "http://127.0.0.1:9/v1", RELAY_API_KEY: "k" }).routing,
  endpoints: [endpoint("frankfurt", "eu", ["gpt-4.1", "gemini-2.5-flash"]), endpoint("tokyo", "asia")],
};

function shown(rights: Partial<TenantRights>) {
  return modelsResponseFrom(policy, { ...anonymous.rights, ...rights }, health, 0).models;
}

describe("the catalogue shows a tenant", () => {
  test("all of it without rights of its own", () => {
    expect(shown({}).map(({ id }) => id)).toEqual([
      "claude-sonnet-4.5",
      "deepseek-v3.2",
      "gemini-2.5-flash",
      "gpt-4.1",
    ]);
  });

  test("its models alone, with its fallbacks alone", () => {
    const models = shown({ models: ["gpt-4.1", "gemini-2.5-flash"] });
    expect(models.map(({ id, fallbacks }) => [id, fallbacks])).toEqual([
      ["gemini-2.5-flash", ["gpt-4.1"]],
      ["gpt-4.1", ["gemini-2.5-flash"]],
    ]);
  });

  test.each<[string, Partial<TenantRights>]>([
    ["region", { regions: ["eu"] }],
    ["endpoint", { endpoints: ["frankfurt"] }],
  ])("what an endpoint of its %s serves, and no other endpoint", (_name, rights) => {
    const models = shown(rights);
    expect(models.map(({ id, endpoints }) => [id, endpoints.map(({ endpoint }) => endpoint)])).toEqual([
      ["gemini-2.5-flash", ["frankfurt"]],
      ["gpt-4.1", ["frankfurt"]],
    ]);
  });

  test("the tiers that are its own", () => {
    const tiers = Object.fromEntries(shown({ tiers: ["low", "medium"] }).map(({ id, tiers }) => [id, tiers]));
    expect(tiers).toMatchObject({ "deepseek-v3.2": ["low", "medium"], "gpt-4.1": ["medium"] });
  });
});
