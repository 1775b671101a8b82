import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthConfig } from "@meridian/config";
import { anonymous } from "@meridian/core";
import { createLogger } from "@meridian/telemetry";
import { expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../edge/system-clock.js";
import { apiKeyEntry, createTestSigner, testAudience, testIssuer } from "../testing/test-tokens.js";
import { createAuthenticator } from "./authenticator.js";

const search = { ...anonymous, name: "search" };

function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "meridian-auth-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

async function authenticatorOf(auth: Partial<AuthConfig>) {
  const log: Record<string, unknown>[] = [];
  let nowMs = Date.now();
  const authenticator = createAuthenticator(
    { apiKeyFile: undefined, jwt: [], mtls: undefined, ...auth },
    {
      tenantOf: (name) => (name === "search" ? search : undefined),
      clock: systemClock,
      timeOfDayMs: () => nowMs,
      logger: createLogger("debug", { write: (line) => log.push(JSON.parse(line)) }),
      fileIntervalMs: 10,
    },
  );
  onTestFinished(() => authenticator.close());
  return {
    log,
    passMs: (ms: number) => {
      nowMs += ms;
    },
    ask(token: string) {
      const request = new IncomingMessage(new Socket());
      request.headers.authorization = `Bearer ${token}`;
      return authenticator.authenticate(request);
    },
  };
}

const issuerWith = (jwks: AuthConfig["jwt"][number]["jwks"]): AuthConfig["jwt"] => [
  {
    issuer: testIssuer,
    audience: testAudience,
    algorithms: ["EdDSA"],
    tenantClaim: "tenant",
    keysMaxAgeMs: 300_000,
    jwks,
  },
];

test("a key file is read again when it changes; a broken one leaves the keys as they were", async () => {
  const file = join(createDirectory(), "keys.json");
  const write = (text: string) => {
    writeFileSync(`${file}.tmp`, text);
    renameSync(`${file}.tmp`, file);
  };
  const keys = (...entries: object[]) => JSON.stringify({ keys: entries });
  write(keys(apiKeyEntry("mk_one")));
  const { ask, log } = await authenticatorOf({ apiKeyFile: file });
  // No promise: an API key is told at once.
  expect(ask("mk_one")).toBe(search);
  expect(ask("mk_two")).toBeUndefined();

  write(keys(apiKeyEntry("mk_one", { revoked: "2026-01-01T00:00:00.000Z" }), apiKeyEntry("mk_two")));
  await vi.waitFor(() => expect(ask("mk_two")).toBe(search), { interval: 5 });
  expect(ask("mk_one")).toBeUndefined();

  write("mk_two pasted by mistake");
  await vi.waitFor(() => expect(log.some(({ level }) => level === "error")).toBe(true), { interval: 5 });
  expect(log.find(({ level }) => level === "error")).toMatchObject({
    msg: "the key file is broken: the keys before it still count",
    problem: expect.stringMatching(/is no JSON/),
  });
  expect(ask("mk_two")).toBe(search);
  rmSync(file);
  await vi.waitFor(() => expect(log.filter(({ level }) => level === "error")).toHaveLength(2), { interval: 5 });
  expect(ask("mk_two")).toBe(search);

  write(keys());
  await vi.waitFor(() => expect(ask("mk_two")).toBeUndefined(), { interval: 5 });
  expect(JSON.stringify(log)).not.toContain("pasted");
});

test("a key file that is not there stops the start", async () => {
  await expect(authenticatorOf({ apiKeyFile: join(createDirectory(), "none.json") })).rejects.toThrow(/ENOENT/);
});

test("a key ends on time", async () => {
  const file = join(createDirectory(), "keys.json");
  const expires = new Date(Date.now() + 60_000).toISOString();
  writeFileSync(file, JSON.stringify({ keys: [apiKeyEntry("mk_one", { expires })] }));
  const { ask, passMs } = await authenticatorOf({ apiKeyFile: file });
  expect(ask("mk_one")).toBe(search);
  passMs(60_001);
  expect(ask("mk_one")).toBeUndefined();
});

test("a token is verified once, then told at once, until it ends", async () => {
  const file = join(createDirectory(), "jwks.json");
  const signer = await createTestSigner();
  writeFileSync(file, JSON.stringify(signer.keySet));
  const { ask, passMs } = await authenticatorOf({ jwt: issuerWith({ kind: "file", file }) });
  const token = await signer.sign({ exp: Math.floor(Date.now() / 1000) + 30 });
  expect(ask(token)).toBeInstanceOf(Promise);
  await vi.waitFor(() => expect(ask(token)).toBe(search), { interval: 5 });
  passMs(36_000);
  expect(await ask(token)).toBeUndefined();
});

test("a rotation of a key file is followed, and what its old key has signed ends within a minute", async () => {
  const file = join(createDirectory(), "jwks.json");
  const [old, next] = [await createTestSigner("old"), await createTestSigner("next")];
  writeFileSync(file, JSON.stringify(old.keySet));
  const { ask, passMs } = await authenticatorOf({ jwt: issuerWith({ kind: "file", file }) });
  const [oldToken, newToken] = [await old.sign(), await next.sign()];
  expect(await ask(oldToken)).toBe(search);
  expect(await ask(newToken)).toBeUndefined();
  writeFileSync(file, JSON.stringify(next.keySet));
  await vi.waitFor(async () => expect(await ask(newToken)).toBe(search), { interval: 5 });
  expect(ask(oldToken)).toBe(search);
  passMs(60_001);
  expect(await ask(oldToken)).toBeUndefined();
});

test("an issuer that cannot be reached, or sends no keys, is told of in the log and refuses its tokens", async () => {
  const answers = [() => 503, () => 200, () => 302];
  const server = createServer((_request, response) => {
    response.writeHead(answers.shift()?.() ?? 200, { location: "/keys" }).end("<html>");
  }).listen(0, "127.0.0.1");
  await vi.waitFor(() => expect(server.listening).toBe(true));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/jwks`;
  const signer = await createTestSigner();
  for (const problem of [/answered 503/, /JSON/, /fetch failed/]) {
    const { ask, log } = await authenticatorOf({ jwt: issuerWith({ kind: "url", url }) });
    expect(await ask(await signer.sign())).toBeUndefined();
    expect(log).toMatchObject([{ level: "warn", issuer: testIssuer, problem: expect.stringMatching(problem) }]);
  }
});
