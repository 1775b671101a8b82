import { readFileSync } from "node:fs";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { inferenceReasons } from "@meridian/inference-client";
import { expect, test } from "vitest";
import { codeOf } from "./code-of.js";

// Reasons that no attempt and no plan gives: the edge's own.
const ofTheEdge = { request_too_large: "resource_exhausted", internal: "internal" };

const inCode = {
  ...Object.fromEntries(Object.entries(codeOf).map(([reason, code]) => [reason, codeToString(code)])),
  ...ofTheEdge,
};

const inDocs = Object.fromEntries(
  [
    ...readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8").matchAll(
      /^\| `(\w+)` \|.*\| `(\w+)` \|$/gm,
    ),
  ].map(([, reason, code]) => [reason, code]),
);

test("docs/errors.md and the code have the same reasons with the same codes", () => {
  expect(inDocs).toEqual(inCode);
});

test("the client knows every reason", () => {
  expect([...inferenceReasons].sort()).toEqual(Object.keys(inCode).sort());
});
