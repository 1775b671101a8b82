import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,services}/*/src/**/*.test.ts", "bench/src/**/*.test.ts", "scripts/**/*.test.ts"],
    // Real sockets on a machine with few cores: a limit that says "it hangs", not "it is slow".
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
