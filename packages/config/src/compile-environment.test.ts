// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a reference is written.
import { describe, expect, test } from "vitest";
import { needsEmbeddedRelay } from "./compile-endpoints.js";
import type { Environment } from "./config-sources.js";
import { strangerKey, testCertificate, testKey } from "./test/certificates.js";
import { compile, compileOrThrow, fails, filesOf } from "./test/compile.js";

const withKey = (reference: string) =>
  `endpoints:\n  - name: a\n    baseUrl: https://a.example\n    credentials:\n      - name: k\n        key: ${reference}\n`;

describe("a secret", () => {
  test("comes from a variable or a file, without the white space around it", () => {
    const sources = { environment: { KEY: " sk-1\n" }, readFile: filesOf({ "/run/key": "sk-2\n" }) };
    const keyOf = (reference: string) =>
      compileOrThrow(withKey(reference), sources).routing.endpoints[0]?.credentials[0]?.key.reveal();
    expect(keyOf("${env:KEY}")).toBe("sk-1");
    expect(keyOf("${file:/run/key}")).toBe("sk-2");
  });

  test.each<[name: string, reference: string, environment: Environment, message: RegExp]>([
    ["is not set", "${env:KEY}", {}, /^the variable of \$\{env:KEY\} is not set; set KEY$/],
    ["is empty", "${env:KEY}", { KEY: " " }, /^the variable of \$\{env:KEY\} is empty; set KEY$/],
    ["has a line break in it", "${env:KEY}", { KEY: "sk-live\nsk-live" }, /\$\{env:KEY\} holds white space/],
    ["is no ASCII", "${env:KEY}", { KEY: "sk-live\u00e9" }, /an HTTP header cannot carry/],
    ["is too long", "${env:KEY}", { KEY: "sk-live".repeat(1000) }, /longer than 4096/],
    ["is in no file", "${file:/run/none}", {}, /^the file "\/run\/none" cannot be read \(ENOENT\); create it/],
    ["is in an empty file", "${file:/run/empty}", {}, /^the file of \$\{file:\/run\/empty\} is empty/],
    ["is in a file of two lines", "${file:/run/two}", {}, /\$\{file:\/run\/two\} holds white space/],
  ])("that %s is a problem that does not show it", (_, reference, environment, message) => {
    const readFile = filesOf({ "/run/empty": "\n", "/run/two": "sk-live\nsk-live" });
    const problems = fails(withKey(reference), { environment, readFile });
    expect(problems).toMatchObject([{ path: "endpoints[0].credentials[0].key", line: 6, column: 14 }]);
    expect(problems[0]?.message).toMatch(message);
    expect(JSON.stringify(problems)).not.toContain("sk-live");
  });

  test("is not shown by the error of the file system either", () => {
    const readFile = () => {
      throw new Error("sk-live");
    };
    expect(JSON.stringify(fails(withKey("${file:x}"), { readFile }))).not.toContain("sk-live");
  });
});

describe("the relay of the environment", () => {
  test("is one endpoint with one key", () => {
    const environment = { RELAY_BASE_URL: "https://relay.example/v1/", RELAY_API_KEY: "sk-1" };
    const { endpoints } = compileOrThrow("", { environment }).routing;
    expect(endpoints).toMatchObject([
      {
        name: "relay",
        baseUrl: "https://relay.example/v1",
        models: undefined,
        credentials: [{ name: "primary", version: "primary", cohort: undefined }],
      },
    ]);
    expect(endpoints[0]?.credentials.map(({ key }) => key.reveal())).toEqual(["sk-1"]);
  });

  test("has a key for each side of the canary", () => {
    const environment = { RELAY_BASE_URL: "http://r", RELAY_API_KEY: "sk-1", RELAY_API_KEY_CANARY: "sk-2" };
    const credentials = compileOrThrow("", { environment }).routing.endpoints[0]?.credentials;
    expect(credentials?.map(({ name, cohort, key }) => [name, cohort, key.reveal()])).toEqual([
      ["primary", "baseline", "sk-1"],
      ["canary", "canary", "sk-2"],
    ]);
  });

  test.each<[name: string, environment: Environment, paths: readonly string[]]>([
    ["an address without a key", { RELAY_BASE_URL: "http://r" }, ["RELAY_API_KEY"]],
    ["an address and an empty key", { RELAY_BASE_URL: "http://r", RELAY_API_KEY: "" }, ["RELAY_API_KEY"]],
    ["a key without an address", { RELAY_API_KEY: "sk-live" }, ["RELAY_BASE_URL"]],
    ["a canary's key alone", { RELAY_API_KEY_CANARY: "sk-live" }, ["RELAY_BASE_URL", "RELAY_API_KEY"]],
    ["a bad address", { RELAY_BASE_URL: "https://u:sk-live@r", RELAY_API_KEY: "sk-live" }, ["RELAY_BASE_URL"]],
    ["a bad key", { RELAY_BASE_URL: "http://r", RELAY_API_KEY: "sk-live x" }, ["RELAY_API_KEY"]],
  ])("is a problem with %s", (_, environment, names) => {
    const problems = fails("", { environment });
    expect(problems.map(({ path }) => path)).toEqual(names.map((name) => `${name} (environment)`));
    expect(JSON.stringify(problems)).not.toContain("sk-live");
  });

  test("is not looked at where the file has endpoints", () => {
    const environment = { KEY: "sk-1", RELAY_API_KEY: "sk-2" };
    expect(compileOrThrow(withKey("${env:KEY}"), { environment }).routing.endpoints.map(({ name }) => name)).toEqual([
      "a",
    ]);
  });
});

describe("the embedded relay", () => {
  const embeddedEndpoint = { baseUrl: "http://127.0.0.1:4010/v1/", key: "simulated" };

  test.each<[name: string, text: string, environment: Environment, needed: boolean]>([
    ["nothing is configured", "", {}, true],
    ["the variables are empty", "", { RELAY_BASE_URL: "", RELAY_API_KEY: " " }, true],
    ["the environment has a relay", "", { RELAY_BASE_URL: "http://r", RELAY_API_KEY: "k" }, false],
    ["the environment has half of one", "", { RELAY_API_KEY_CANARY: "k" }, false],
    ["the file has one", withKey("${env:KEY}"), { KEY: "k" }, false],
  ])("when %s", (_, text, environment, needed) => {
    const compiled = compile(text, { environment, embeddedEndpoint });
    expect(needsEmbeddedRelay(compiled.config, environment)).toBe(needed);
    const endpoints = "runtime" in compiled ? compiled.runtime.routing.endpoints : [];
    expect(endpoints.some(({ name }) => name === "embedded")).toBe(needed);
    if (needed) expect(endpoints[0]?.baseUrl).toBe("http://127.0.0.1:4010/v1");
  });
});

describe("variables that override the file", () => {
  test("win, and are checked like the file", () => {
    const environment = { HOST: "0.0.0.0", PORT: "80", ADMIN_PORT: "81", LOG_LEVEL: "debug" };
    const runtime = compileOrThrow("server: {port: 1}\nadmin: {port: 2}", { environment, insecure: true });
    expect(runtime.server).toMatchObject({ host: "0.0.0.0", port: 80 });
    expect(runtime.admin).toEqual({ host: "127.0.0.1", port: 81 });
    expect(runtime.logging).toEqual({ level: "debug", sampleSuccesses: 1, content: undefined });
  });

  test("are all listed with what is wrong", () => {
    const environment = { HOST: "a b", PORT: "70000", ADMIN_PORT: "1e3", LOG_LEVEL: "loud" };
    expect(fails("", { environment })).toEqual([
      { path: "HOST (environment)", message: expect.stringMatching(/^must be an IP address/) },
      { path: "PORT (environment)", message: "must be a whole number from 0 to 65535" },
      { path: "ADMIN_PORT (environment)", message: "must be a whole number from 0 to 65535" },
      { path: "LOG_LEVEL (environment)", message: expect.stringMatching(/^must be one of trace, debug/) },
    ]);
  });

  test("count as not set when they are empty", () => {
    expect(compileOrThrow("", { environment: { PORT: "", HOST: " " } }).server).toMatchObject({ port: 8080 });
  });
});

describe("tls", () => {
  const text = "server:\n  tls:\n    certificateFile: c.pem\n    keyFile: k.pem";

  test("has the certificate and its key", () => {
    const { tls } = compileOrThrow(text, { readFile: filesOf({ "c.pem": testCertificate, "k.pem": testKey }) }).server;
    expect([tls?.certificate, tls?.key.reveal()]).toEqual([testCertificate, testKey]);
  });

  test.each<[name: string, files: Readonly<Record<string, string>>, path: string, line: number, message: RegExp]>([
    ["no certificate", { "k.pem": testKey }, "certificateFile", 3, /"c.pem" cannot be read \(ENOENT\)/],
    ["no key", { "c.pem": testCertificate }, "keyFile", 4, /"k.pem" cannot be read \(ENOENT\)/],
    ["two keys", { "c.pem": testKey, "k.pem": testKey }, "certificateFile", 3, /holds no PEM certificate/],
    [
      "two certificates",
      { "c.pem": testCertificate, "k.pem": testCertificate },
      "keyFile",
      4,
      /holds no PEM private key/,
    ],
    ["a stranger's key", { "c.pem": testCertificate, "k.pem": strangerKey }, "keyFile", 4, /does not belong/],
  ])("is a problem with %s", (_, files, key, line, message) => {
    const problems = fails(text, { readFile: filesOf(files) });
    expect(problems).toMatchObject([{ path: `server.tls.${key}`, line, message: expect.stringMatching(message) }]);
    expect(JSON.stringify(problems)).not.toContain("PRIVATE KEY-----\n");
  });
});

test("trusted proxies are in CIDR form", () => {
  const { trustedProxies } = compileOrThrow("server: {trustedProxies: [10.1.2.3, fd00::/8, '::1']}").server;
  expect(trustedProxies).toEqual(["10.1.2.3/32", "fd00::/8", "::1/128"]);
});
