export * from "./gen/meridian/inference/v1/chat_pb.js";
export * from "./gen/meridian/inference/v1/error_detail_pb.js";
export * from "./gen/meridian/inference/v1/explain_route_pb.js";
export * from "./gen/meridian/inference/v1/inference_service_pb.js";
export * from "./gen/meridian/inference/v1/list_models_pb.js";
export * from "./gen/meridian/inference/v1/route_pb.js";
