/** How much longer a call gets than its SDK has said, in milliseconds. */
const graceMs = 1_000;

/**
 * The time that a caller gives its call, in milliseconds: the header that OpenAI's SDKs tell their own timeout by, in
 * seconds. The Node SDK cuts it to whole seconds; the Python SDK tells how long it waits between two reads, of which the
 * first waits for all of an answer that is not streamed. Both are given a second more: it is the SDK that ends the call then.
 * Undefined where there is none, or one that says nothing.
 */
export function openAiTimeoutMs(header: Pick<Headers, "get">): number | undefined {
  const total = header.get("x-stainless-timeout");
  const text = total ?? header.get("x-stainless-read-timeout") ?? "";
  if (!/^\d{1,7}(\.\d{1,9})?$/.test(text)) return undefined;
  const isExact = total !== null && text.includes(".");
  return Number(text) * 1_000 + (isExact ? 0 : graceMs);
}
