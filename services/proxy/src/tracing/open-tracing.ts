import { passTraceOn } from "./call-trace.js";
import type { Tracing, TracingWorld } from "./tracing.js";
import { readTracingSettings } from "./tracing-settings.js";

/** Opens what the environment asks for. OpenTelemetry's packages are only loaded where it asks for traces. */
export async function openTracing(world: TracingWorld): Promise<Tracing> {
  const choice = readTracingSettings(world.environment);
  if (choice.kind === "on") {
    const { createTracing } = await import("./create-tracing.js");
    return createTracing(choice.settings, world);
  }
  if (choice.kind === "unsupported") world.logger.warn({ problem: choice.problem }, "traces are not recorded");
  return { begin: passTraceOn, async close() {} };
}
