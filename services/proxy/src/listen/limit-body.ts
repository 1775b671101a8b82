import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "@meridian/inference-proto";

/**
 * The bytes of a request's body, up to a limit.
 *
 * @throws ConnectError resource_exhausted above it, from the declared length before a byte is read
 */
export async function* limitBody(
  bytes: AsyncIterable<Uint8Array>,
  declaredLength: string | null,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  if (Number(declaredLength ?? 0) > maxBytes) throw tooLarge(maxBytes);
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

function tooLarge(maxBytes: number): ConnectError {
  const detail = { desc: ErrorDetailSchema, value: create(ErrorDetailSchema, { reason: "request_too_large" }) };
  const message = `the request is larger than the limit of ${maxBytes} bytes (server.maxMessageBytes)`;
  return new ConnectError(message, Code.ResourceExhausted, undefined, [detail]);
}
