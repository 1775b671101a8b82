// What both entries export. Nothing here, nor anything that it imports, may import a module of Node's.
export type {
  Attempt,
  Candidate,
  ChatMessage,
  ChatRequest,
  ChatResponse,
  Choice,
  ExcludedCandidate,
  ExplainRouteResponse,
  FieldViolation,
  ListModelsResponse,
  Model,
  RouteReport,
  StreamChatResponse,
  StreamEnd,
  StreamRestart,
  ToolCall,
  Usage,
} from "@meridian/inference-proto";
export type { CallOptions, ClientOptions, TokenSource } from "./client-options.js";
export { collect } from "./collect.js";
export { type AudioFormat, audio, type ImageDetail, image, text } from "./content-parts.js";
export type { InferenceClient } from "./inference-client.js";
export { InferenceError, type InferenceErrorFields } from "./inference-error.js";
export type { InferenceErrorCode } from "./inference-error-code.js";
export { inferenceErrorFrom } from "./inference-error-from.js";
export { type InferenceReason, inferenceReasons } from "./inference-reason.js";
export { assistant, developer, type MessageContent, system, toolResult, user } from "./messages.js";
export type {
  ChatMessageInit,
  ChatRequestInit,
  ContentPartInit,
  ResponseFormatInit,
  ToolInit,
} from "./request-types.js";
export { type RouteHeaders, routeHeadersFrom } from "./route-headers.js";
export { type TextOfOptions, textOf } from "./text-of.js";
export { type JsonSchemaOptions, jsonSchema, type ToolOptions, tool, toolChoice } from "./tools.js";
