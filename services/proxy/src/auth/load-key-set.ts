import { readFile } from "node:fs/promises";
import type { JwtIssuer } from "@meridian/config";
import type { Clock } from "@meridian/core";
import type { JSONWebKeySet } from "jose";

/** How long an issuer may take to send its keys, in milliseconds. */
const fetchMs = 5_000;
const maxSetBytes = 1024 * 1024;

/** Reads an issuer's public keys. Rejects where there are none to be had. */
export function loadKeySet(source: JwtIssuer["jwks"], clock: Pick<Clock, "schedule">): Promise<JSONWebKeySet> {
  return source.kind === "file" ? readFile(source.file, "utf8").then(keySetFrom) : fetchKeySet(source.url, clock);
}

async function fetchKeySet(url: string, clock: Pick<Clock, "schedule">): Promise<JSONWebKeySet> {
  const limit = new AbortController();
  const cancel = clock.schedule(fetchMs, () => limit.abort(new Error(`no answer within ${fetchMs} ms`)));
  try {
    // Keys come from the configured address and no other.
    const answer = await fetch(url, {
      redirect: "error",
      signal: limit.signal,
      headers: { accept: "application/json" },
    });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new Error(`the issuer answered ${answer.status}`);
    }
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > maxSetBytes) throw new Error(`the issuer's keys are larger than ${maxSetBytes} bytes`);
      chunks.push(chunk);
    }
    return keySetFrom(Buffer.concat(chunks).toString());
  } finally {
    cancel();
  }
}

/** The key set in a text; whether its keys are any is checked by jose. */
function keySetFrom(text: string): JSONWebKeySet {
  const value: unknown = JSON.parse(text);
  const keys = typeof value === "object" && value !== null && "keys" in value ? value.keys : undefined;
  if (!Array.isArray(keys)) throw new Error("what came is no JWKS");
  return { keys };
}
