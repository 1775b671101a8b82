import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ErrorDetailSchema } from "@meridian/inference-proto";
import type { CallRecord } from "@meridian/telemetry";
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

/** Begins the trace of a call and tells the recorder that it has begun, and gives what tells it that the call has ended. */
export function recordCall(
  { rpc, protocol, header }: RecordedRequest & { readonly header: Pick<Headers, "get"> },
  context: CallContext,
  services: Pick<Services, "recorder" | "beginTrace" | "clock" | "timeOfDayMs" | "config">,
): EndRecord {
  const { recorder, clock, timeOfDayMs, config } = services;
  const trace = services.beginTrace({ rpc, protocol, header, arrivedAtMs: context.arrivedAtMs });
  context.trace = trace;
  let isEnded = false;
  recorder.callStarted(rpc);
  return (error) => {
    if (isEnded) return;
    isEnded = true;
    const { requestId, tenant, arrivedAtMs, firstTokenAtMs, plan, decision, cache, attempts, restarts } = context;
    const durationMs = clock.now() - arrivedAtMs;
    const record: CallRecord = {
      rpc,
      protocol,
      requestId,
      tenant: tenant.name,
      code: error === undefined ? "ok" : codeToString(error.code),
      reason: error === undefined ? undefined : reasonOf(error),
      plan,
      decision,
      cache,
      attempts,
      arrivedAtMs: timeOfDayMs() - durationMs,
      durationMs,
      firstTokenMs: firstTokenAtMs === undefined ? undefined : firstTokenAtMs - arrivedAtMs,
      restarts,
      configVersion: config.version,
      span: trace.span,
    };
    trace.end(record);
    recorder.callEnded(record);
    context.content?.write(tenant.name);
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
