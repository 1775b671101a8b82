/** What is wrong with a request that cannot be decoded, and where. */
export interface DecodeFault {
  /** The field's path in the request, such as "messages[0].role"; "" where the request as a whole is meant. */
  readonly field: string;
  readonly description: string;
  /** The id of the rule: "decode.unknown_field", "decode.type", "decode.utf8", "decode.nesting" or "decode.truncated". */
  readonly rule: string;
}

/** Both decoders stop at as many. In the binary form a level of free JSON takes two. */
export const tooDeep = {
  description: "is nested too deeply: at most 100 messages within each other",
  rule: "decode.nesting",
} as const;

/** Text that is not UTF-8 (RFC 3629). */
export const notUtf8 = { description: "is not valid UTF-8", rule: "decode.utf8" } as const;

/** Whether a message has a JSON form of its own: what is in it are not fields. */
export function hasOwnJsonForm({ typeName }: { readonly typeName: string }): boolean {
  return typeName.startsWith("google.protobuf.");
}
