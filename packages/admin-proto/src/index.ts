export * from "./gen/meridian/admin/v1/admin_service_pb.js";
export * from "./gen/meridian/admin/v1/console_service_pb.js";
