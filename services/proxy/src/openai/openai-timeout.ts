/**
 * The time that a caller gives its call, in milliseconds: the headers that OpenAI's SDKs tell their own timeout by, in
 * seconds (Python says how long it reads). The Node SDK cuts it to whole seconds, so that one more is given: it is the SDK that ends the call then.
 * Undefined where there is none, or one that says nothing.
 */
export function openAiTimeoutMs(header: Pick<Headers, "get">): number | undefined {
  const text = header.get("x-stainless-timeout") ?? header.get("x-stainless-read-timeout") ?? "";
  if (/^\d{1,7}$/.test(text)) return (Number(text) + 1) * 1_000;
  return /^\d{1,7}\.\d{1,9}$/.test(text) ? Number(text) * 1_000 : undefined;
}
