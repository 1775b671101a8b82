import { expect, test } from "vitest";
import { choosePorts } from "./choose-ports.ts";
import { helpText, parseLocalOptions } from "./local-options.ts";
import { fill } from "./plan-parts.ts";

test("every option is in the help, and has the default that it says", () => {
  const options = parseLocalOptions([]);
  expect(options).toEqual({ isHelp: false, port: 8080, configFile: undefined, redisUrl: undefined });
  for (const option of ["--port", "--config", "--redis", "--help"]) expect(helpText).toContain(`  ${option} `);
});

test.each(["-1", "many", "65001", ""])("--port %j is refused", (port) => {
  expect(() => parseLocalOptions([`--port=${port}`])).toThrow("--port must be 0 to 65000");
});

test("ports follow the balancer's, or are free ones, and all differ", async () => {
  expect(await choosePorts(8080)).toMatchObject({ PORT: 8080, AMERICA_1_ADMIN: 8093, SINGAPORE_FROM_AMERICA: 8114 });
  for (const port of [8080, 0]) {
    const ports = Object.values(await choosePorts(port));
    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.min(...ports)).toBeGreaterThan(0);
  }
});

test("a configuration is filled in; what is of another form stays, and what nothing stands for is refused", () => {
  expect(fill("a ${PORT} ${env:PORT} ${PORT}", { PORT: 1 })).toBe("a 1 ${env:PORT} 1");
  expect(() => fill("${NAME}", { PORT: 1 })).toThrow("nothing stands for ${NAME}");
});
