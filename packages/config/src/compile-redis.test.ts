import { expect, test } from "vitest";
import { compileOrThrow, fails } from "./test/compile.js";

test("the Redis is that of REDIS_URL, with the file's time limit", () => {
  const environment = { REDIS_URL: "redis://:secret@127.0.0.1:6379/1" };
  const { redis } = compileOrThrow("redis: {timeoutMs: 20}", { environment });
  expect([redis?.url.reveal(), redis?.timeoutMs]).toEqual([environment.REDIS_URL, 20]);
  expect(JSON.stringify(redis)).not.toContain("secret");
});

test.each([{}, { REDIS_URL: "" }])("there is none with %j", (environment) => {
  expect(compileOrThrow("", { environment }).redis).toBeUndefined();
});

test.each(["secret", "http://secret@r:6379"])("%s is no Redis, and stands in no problem", (url) => {
  const problems = fails("", { environment: { REDIS_URL: url } });
  expect(problems.map(({ path }) => path)).toEqual(["REDIS_URL (environment)"]);
  expect(JSON.stringify(problems)).not.toContain("secret");
});
