import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { InferenceService } from "@meridian/inference-proto";
import { aborted } from "../edge/aborted.js";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../gen/health/v1/health_pb.js";

const services = ["", InferenceService.typeName];

/**
 * The health service of gRPC, for `grpc_health_probe` and Kubernetes: serving until the process begins to stop.
 *
 * @param draining aborts when it does
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function registerHealth(router: ConnectRouter, draining: AbortSignal): void {
  const statusNow = () => ({ status: draining.aborted ? Status.NOT_SERVING : Status.SERVING });
  router.service(Health, {
    check({ service }) {
      if (!services.includes(service)) throw new ConnectError(`unknown service "${service}"`, Code.NotFound);
      return statusNow();
    },
    list: () => ({ statuses: Object.fromEntries(services.map((service) => [service, statusNow()])) }),
    async *watch({ service }, { signal }) {
      if (!services.includes(service)) {
        yield { status: Status.SERVICE_UNKNOWN };
        await aborted(AbortSignal.any([draining, signal]));
        return;
      }
      yield statusNow();
      if (draining.aborted) return;
      await aborted(AbortSignal.any([draining, signal]));
      if (draining.aborted) yield statusNow();
    },
  });
}
