import { expect, test } from "vitest";
import { sumBy } from "./read-metrics.js";

test("sums the samples of a metric by one of its labels", () => {
  const text = `# TYPE calls counter
calls{rpc="Chat",code="ok",reason=""} 3
calls{rpc="StreamChat",code="ok",reason=""} 4
calls{rpc="Chat",code="unavailable",reason="idle_limit"} 1
calls_in_flight{rpc="Chat",code="ok"} 9
`;
  expect(sumBy(text, "calls", "code")).toEqual({ ok: 7, unavailable: 1 });
  expect(sumBy(text, "calls", "rpc")).toEqual({ Chat: 4, StreamChat: 4 });
  expect(sumBy(text, "other", "code")).toEqual({});
});
