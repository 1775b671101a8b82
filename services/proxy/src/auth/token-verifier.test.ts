import { createLocalJWKSet } from "jose";
import { expect, test } from "vitest";
import { createTestSigner, testAudience, testIssuer } from "../testing/test-tokens.js";
import { createTokenVerifier, tooBusy } from "./token-verifier.js";

const nowMs = Date.now();
const nowS = Math.floor(nowMs / 1000);

/** A verifier whose issuer finds its keys only once it is told to. */
async function setUp({ tenantClaim = "tenant", keysMaxAgeMs = 300_000 } = {}) {
  const signer = await createTestSigner();
  const keys = createLocalJWKSet(signer.keySet);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const state = { asked: 0, nowMs };
  const issuer = {
    issuer: testIssuer,
    audience: testAudience,
    algorithms: ["EdDSA"],
    tenantClaim,
    keysMaxAgeMs,
    jwks: { kind: "file", file: "" },
    getKey: async (...args: Parameters<typeof keys>) => {
      state.asked += 1;
      await released;
      return await keys(...args);
    },
  } as const;
  return { signer, state, release, verify: createTokenVerifier([issuer], () => state.nowMs) };
}

test.each<[string, Readonly<Record<string, unknown>>]>([
  ["another issuer", { iss: "https://other.example" }],
  ["no issuer", { iss: undefined }],
  ["another audience", { aud: "https://other.example" }],
  ["other audiences", { aud: ["https://other.example", `${testAudience}/`] }],
  ["no audience", { aud: undefined }],
  ["an end in the past", { exp: nowS - 60 }],
  ["no end", { exp: undefined }],
  ["no tenant", { tenant: undefined }],
  ["a tenant that is no text", { tenant: ["search"] }],
])("a token with %s is refused at once, and its signature is not looked at", async (_name, claims) => {
  const { signer, state, verify } = await setUp();
  expect(verify(await signer.sign(claims))).toBeUndefined();
  expect(state.asked).toBe(0);
});

test.each(["", "a", "a.b", "a.b.c", "eyJhbGciOiJub25lIn0.bnVsbA.", "eyJhbGciOiJub25lIn0.W10.", "x".repeat(16_000)])(
  "'%.20s' is no token",
  async (text) => {
    expect((await setUp()).verify(text)).toBeUndefined();
  },
);

test("one of several audiences is enough, and any claim may name the tenant", async () => {
  const { signer, verify, release } = await setUp({ tenantClaim: "sub" });
  release();
  expect(await verify(await signer.sign({ aud: ["https://other.example", testAudience], sub: "web" }))).toBe("web");
});

test("calls that bring the same new token wait for one check", async () => {
  const { signer, state, verify, release } = await setUp();
  const token = await signer.sign();
  const verdicts = Array.from({ length: 100 }, () => verify(token));
  release();
  expect(await Promise.all(verdicts)).toEqual(new Array(100).fill("search"));
  expect(state.asked).toBe(1);
  expect(verify(token)).toBe("search");
});

test.each([
  [300_000, 60_000],
  [10_000, 10_000],
])("where keys may be %i ms old, a token is remembered for %i ms", async (keysMaxAgeMs, rememberedMs) => {
  const { signer, state, verify, release } = await setUp({ keysMaxAgeMs });
  release();
  const token = await signer.sign();
  expect(await verify(token)).toBe("search");
  state.nowMs += rememberedMs - 1;
  expect(verify(token)).toBe("search");
  state.nowMs += 1;
  expect(await verify(token)).toBe("search");
  expect(state.asked).toBe(2);
});

test("a flood of forged tokens runs into a bound, and known tokens go by it", async () => {
  const known = await setUp();
  const { signer, state, verify, release } = known;
  const right = await signer.sign({ jti: "right" });
  const forged = `${right.slice(0, right.lastIndexOf("."))}.`;
  const flood = Array.from({ length: 1_016 }, (_, index) =>
    verify(forged + Buffer.alloc(64, String(index).padStart(4, "0")).toString("base64url")),
  );
  expect(new Set(flood.map((verdict) => verdict instanceof Promise))).toEqual(new Set([true]));
  expect(state.asked).toBe(16);
  expect(verify(right)).toBe(tooBusy);
  release();
  expect(new Set(await Promise.all(flood))).toEqual(new Set([undefined]));
  expect(await verify(right)).toBe("search");
  const next = Array.from({ length: 2_000 }, (_, index) =>
    verify(`${forged}${Buffer.from(`${index}`).toString("hex")}`),
  );
  expect(next.at(-1)).toBe(tooBusy);
  expect(verify(right)).toBe("search");
  await Promise.all(next);
});
