import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ErrorDetailSchema } from "@meridian/inference-proto";
import type { CallContext } from "../call-context.js";
import type { Services } from "../services.js";

/** Which call is recorded. */
export interface RecordedRequest {
  /** The RPC's name, such as "StreamChat". */
  readonly rpc: string;
  /** "connect", "grpc", "grpc-web" or "openai". */
  readonly protocol: string;
}

/** The record of an RPC in one of the three protocols. */
export function recordedRpc(method: DescMethod, header: Pick<Headers, "get">): RecordedRequest {
  return { rpc: method.name, protocol: protocolOf(header) };
}

/** Ends the record of a call: with its error, or undefined for an answered one. Only the first call counts. */
export type EndRecord = (error: ConnectError | undefined) => void;

/** Tells the recorder that a call has begun, and gives what tells it that the call has ended. */
export function recordCall(
  { rpc, protocol }: RecordedRequest,
  context: CallContext,
  { recorder, clock, timeOfDayMs, config }: Pick<Services, "recorder" | "clock" | "timeOfDayMs" | "config">,
): EndRecord {
  let isEnded = false;
  recorder.callStarted(rpc);
  return (error) => {
    if (isEnded) return;
    isEnded = true;
    const { requestId, tenant, arrivedAtMs, firstTokenAtMs, plan, attempts } = context;
    const durationMs = clock.now() - arrivedAtMs;
    recorder.callEnded({
      rpc,
      protocol,
      requestId,
      tenant: tenant.name,
      code: error === undefined ? "ok" : codeToString(error.code),
      reason: error === undefined ? undefined : reasonOf(error),
      plan,
      attempts,
      arrivedAtMs: timeOfDayMs() - durationMs,
      durationMs,
      firstTokenMs: firstTokenAtMs === undefined ? undefined : firstTokenAtMs - arrivedAtMs,
      configVersion: config.version,
    });
  };
}

function reasonOf(error: ConnectError): string {
  const detail = error.details.find((each) => "desc" in each && each.desc === ErrorDetailSchema);
  const value: unknown = detail !== undefined && "value" in detail ? detail.value : undefined;
  const hasReason = typeof value === "object" && value !== null && "reason" in value;
  return hasReason && typeof value.reason === "string" ? value.reason : codeToString(error.code);
}

function protocolOf(header: Pick<Headers, "get">): string {
  const type = header.get("content-type") ?? "";
  if (type.startsWith("application/grpc-web")) return "grpc-web";
  return type.startsWith("application/grpc") ? "grpc" : "connect";
}
