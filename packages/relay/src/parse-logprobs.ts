import type { JsonValue, TokenLogprob } from "@meridian/core";
import { list, object } from "./read-json.js";

/** The log probabilities of `logprobs.content` or `logprobs.refusal`; empty where there are none. */
export function parseLogprobs(value: JsonValue | undefined): readonly TokenLogprob[] {
  if (!Array.isArray(value) || value.length === 0) return none;
  return list(value).flatMap((entry) => {
    const token = parseToken(entry);
    if (token === undefined) return [];
    const alternatives = list(object(entry)?.["top_logprobs"]);
    return [{ ...token, topLogprobs: alternatives.flatMap((alternative) => parseToken(alternative) ?? []) }];
  });
}

const none: readonly TokenLogprob[] = [];

function parseToken(value: JsonValue): Omit<TokenLogprob, "topLogprobs"> | undefined {
  const entry = object(value);
  const token = entry?.["token"];
  const logprob = entry?.["logprob"];
  if (typeof token !== "string" || typeof logprob !== "number") return undefined;
  const bytes = list(entry?.["bytes"]).filter((byte) => typeof byte === "number");
  return { token, logprob, bytes: bytes.length > 0 ? bytes : undefined };
}
