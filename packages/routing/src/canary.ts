import type { CallFeatures, Cohort } from "@meridian/core";
import { murmur3 } from "./murmur3.js";

const buckets = 10_000;
const utf8 = new TextEncoder();

/**
 * The bucket of a user, 0 to 9,999, the same on every machine and in every version: MurmurHash3_x86_32 with seed 0 of
 * the UTF-8 bytes of `salt:user`, modulo 10,000. Another salt is another slice of users.
 */
export function canaryBucket(user: string, salt: string): number {
  if (user !== "") return bucketOf(user, salt);
  if (salt !== unnamed.salt) unnamed = { salt, bucket: bucketOf("", salt) };
  return unnamed.bucket;
}

/** That of callers that name no user, which are many, for the salt that it was last asked for with. */
let unnamed = { salt: "", bucket: bucketOf("", "") };

function bucketOf(user: string, salt: string): number {
  return murmur3(utf8.encode(`${salt}:${user}`), 0) % buckets;
}

/**
 * The side of a bucket at a percentage of 0 to 100, of which two decimals count. Buckets fill from 0 up, so a higher
 * percentage adds users to the canary and never moves one back.
 */
export function cohortOf(bucket: number, percentage: number): Cohort {
  // Rounded, because 0.29 * 100 is a little less than 29.
  return bucket < Math.round(percentage * (buckets / 100)) ? "canary" : "baseline";
}

/** The side of a user at a percentage. Callers that name no user share one bucket and are always baseline, at 100 % too. */
export function sideOf(
  { hasUser, canaryBucket }: Pick<CallFeatures, "hasUser" | "canaryBucket">,
  percentage: number,
): Cohort {
  return hasUser ? cohortOf(canaryBucket, percentage) : "baseline";
}
