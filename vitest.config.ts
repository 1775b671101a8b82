import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "{packages,services}/*/src/**/*.test.ts",
      "{bench,training}/src/**/*.test.ts",
      "scripts/**/*.test.ts",
      "deploy/**/*.test.ts",
    ],
    // Most of the time tests wait: on two cores two files at once take little more than half as long. The default is one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Real sockets on a machine with few cores: a limit that says "it hangs", not "it is slow".
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Some tests hold real sockets against real limits of time. On a shared machine with two cores one of thousands may
    // lose its core at the wrong moment; a second try is reported as such, and a real fault fails both.
    retry: process.env["CI"] ? 1 : 0,
  },
});
