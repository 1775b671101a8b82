import { expect, test } from "vitest";
import { createEventSplitter } from "./event-splitter.js";

test("events come out whole wherever the bytes are cut", () => {
  const bytes = Buffer.from('data: {"text":"조용한 의자"}\n\ndata: two\n\ndata: [DONE]\n\n');
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const seen: string[] = [];
    const split = createEventSplitter((data) => seen.push(data));
    split(bytes.subarray(0, cut));
    split(bytes.subarray(cut));
    expect(seen).toEqual(['{"text":"조용한 의자"}', "two", "[DONE]"]);
  }
});
