import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "@meridian/core";

/** Creates what says whether an `authorization` header shows the admin token. */
export function createTokenCheck(token: Secret): (authorization: string | null | undefined) => boolean {
  const expected = digest(`Bearer ${token.reveal()}`);
  // Digests are as long as each other, whatever was shown: the comparison takes the same time.
  return (authorization) => timingSafeEqual(digest(authorization ?? ""), expected);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
