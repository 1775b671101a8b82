import type { HttpRequest } from "../listen/respond.js";

/** The hot RPCs. */
export type LaneRpc = "Chat" | "StreamChat";

/** A protocol in which the lane answers. */
export interface LaneForm {
  /** Where its errors have their place. */
  readonly errorForm: "connect-unary" | "connect-stream" | "grpc";
  /** As the record of the call names it. */
  readonly protocol: "connect" | "grpc";
  readonly isBinary: boolean;
  /** Of the answer. */
  readonly contentType: string;
  /** The header that tells the compression of what is sent. */
  readonly encodingHeader: "content-encoding" | "connect-content-encoding" | "grpc-encoding";
  /** The header that tells the compressions that are taken. */
  readonly acceptHeader: "accept-encoding" | "connect-accept-encoding" | "grpc-accept-encoding";
  readonly timeoutHeader: "connect-timeout-ms" | "grpc-timeout";
}

/**
 * The form of a request that the lane takes, by its headers alone; undefined: it is left to Connect's adapter, which takes
 * all that there is. So are GET, gRPC-Web, gRPC over HTTP/1.1, compressed requests, and whatever is to be refused.
 */
export function laneFormOf(rpc: LaneRpc, request: HttpRequest): LaneForm | undefined {
  const { method, headers } = request;
  const form = method === "POST" ? forms[rpc].get(headers["content-type"] ?? "") : undefined;
  if (form === undefined) return undefined;
  const { errorForm, encodingHeader, timeoutHeader } = form;
  if (errorForm === "grpc" && request.httpVersionMajor !== 2) return undefined;
  if ((headers[encodingHeader] ?? "identity") !== "identity") return undefined;
  const isTimely = timeoutHeader === "grpc-timeout" ? isGrpcTimely : isConnectTimely;
  return isTimely(headers["connect-timeout-ms"], headers["grpc-timeout"]) && hasTarget(request) ? form : undefined;
}

type HeaderValue = string | string[] | undefined;

// The deadline of another protocol counts for nothing but at the door, which looks before it knows the protocol.
const isConnectTimely = (connect: HeaderValue, grpc: HeaderValue) =>
  grpc === undefined && (connect === undefined || /^\d{1,10}$/.test(String(connect)));
const isGrpcTimely = (connect: HeaderValue, grpc: HeaderValue) =>
  connect === undefined && (grpc === undefined || /^\d{1,8}[HMSmun]$/.test(String(grpc)));

/** The last one that was a URL: most requests have the same, and to look takes as long as to choose an endpoint. */
let lastTarget = "";

/** Whether Connect's adapter would find a URL in it. */
function hasTarget(request: HttpRequest): boolean {
  const authority = "authority" in request ? request.authority : request.headers.host;
  if (authority === undefined) return false;
  // No URL of a request has a space in it.
  const target = `${authority} ${request.url}`;
  if (target === lastTarget) return true;
  const isUrl = URL.canParse(request.url ?? "", `http://${authority}`);
  if (isUrl) lastTarget = target;
  return isUrl;
}

const connectUnary = {
  errorForm: "connect-unary",
  protocol: "connect",
  encodingHeader: "content-encoding",
  acceptHeader: "accept-encoding",
  timeoutHeader: "connect-timeout-ms",
} as const;
const connectStream = {
  errorForm: "connect-stream",
  protocol: "connect",
  encodingHeader: "connect-content-encoding",
  acceptHeader: "connect-accept-encoding",
  timeoutHeader: "connect-timeout-ms",
} as const;
const grpc = {
  errorForm: "grpc",
  protocol: "grpc",
  encodingHeader: "grpc-encoding",
  acceptHeader: "grpc-accept-encoding",
  timeoutHeader: "grpc-timeout",
} as const;

const unaryJson: LaneForm = { ...connectUnary, isBinary: false, contentType: "application/json" };
const unaryProto: LaneForm = { ...connectUnary, isBinary: true, contentType: "application/proto" };
const streamJson: LaneForm = { ...connectStream, isBinary: false, contentType: "application/connect+json" };
const streamProto: LaneForm = { ...connectStream, isBinary: true, contentType: "application/connect+proto" };
const grpcJson: LaneForm = { ...grpc, isBinary: false, contentType: "application/grpc+json" };
const grpcProto: LaneForm = { ...grpc, isBinary: true, contentType: "application/grpc+proto" };

const grpcForms = [
  ["application/grpc", grpcProto],
  ["application/grpc+proto", grpcProto],
  ["application/grpc+json", grpcJson],
] as const;

/** By the content types that clients send; another spelling of one is Connect's. */
const forms: Readonly<Record<LaneRpc, ReadonlyMap<string, LaneForm>>> = {
  Chat: new Map([
    ["application/json", unaryJson],
    ["application/json; charset=utf-8", unaryJson],
    ["application/json;charset=utf-8", unaryJson],
    ["application/proto", unaryProto],
    ...grpcForms,
  ]),
  StreamChat: new Map([
    ["application/connect+json", streamJson],
    ["application/connect+proto", streamProto],
    ...grpcForms,
  ]),
};
