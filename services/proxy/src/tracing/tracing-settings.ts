/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Which calls are recorded. "parentbased" ones ask the caller first. */
export interface SamplerSettings {
  readonly root: "always_on" | "always_off" | "traceidratio";
  readonly isParentBased: boolean;
  /** For "traceidratio", 0 to 1. */
  readonly ratio: number;
}

/** How traces are recorded and where they go. */
export interface TracingSettings {
  readonly exporters: ReadonlySet<TraceExporterName>;
  /** The whole address of the collector's receiver. */
  readonly otlpUrl: string;
  readonly sampler: SamplerSettings;
  readonly batch: {
    /** Spans that wait for it; those beyond are lost. Default 2,048. */
    readonly maxQueueSize: number;
    /** Default 512. */
    readonly maxExportBatchSize: number;
    /** Default 5,000. */
    readonly scheduledDelayMillis: number;
    /** Default 30,000. */
    readonly exportTimeoutMillis: number;
  };
}

const exporterNames = ["otlp", "console"] as const;

/** Where spans may go. */
export type TraceExporterName = (typeof exporterNames)[number];

/** What the variables ask for: traces, none, or something that Meridian has not, in a sentence. */
export type TracingChoice =
  | { readonly kind: "on"; readonly settings: TracingSettings }
  | { readonly kind: "off" }
  | { readonly kind: "unsupported"; readonly problem: string };

/**
 * Reads the standard variables. Traces are on where an exporter is named or an OTLP endpoint is set, and
 * `OTEL_SDK_DISABLED` is not true. OpenTelemetry's own packages read the rest of `OTEL_EXPORTER_OTLP_*`, and what the
 * service is called. What nobody understands is a problem, not a default: an operator would wait for traces
 * that never come.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readTracingSettings(environment: Environment): TracingChoice {
  // An empty variable counts as not set.
  const read = (name: string) => environment[name]?.trim() || undefined;
  const readOtlp = (name: string) => read(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ?? read(`OTEL_EXPORTER_OTLP_${name}`);
  if (read("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return { kind: "off" };
  const names = read("OTEL_TRACES_EXPORTER") ?? (readOtlp("ENDPOINT") === undefined ? "none" : "otlp");
  const exporters = new Set<TraceExporterName>();
  const problems: string[] = [];
  for (const name of names.split(",").map((each) => each.trim())) {
    const known = exporterNames.find((each) => each === name);
    if (known !== undefined) exporters.add(known);
    else if (name !== "none") problems.push(notSupported("OTEL_TRACES_EXPORTER", name, "otlp, console or none"));
  }
  if (exporters.size === 0 && problems.length === 0) return { kind: "off" };

  const oneOf = <Value extends string>(
    name: string,
    value: string | undefined,
    known: readonly [Value, ...Value[]],
  ) => {
    const found = value === undefined ? known[0] : known.find((each) => each === value);
    if (found === undefined) problems.push(notSupported(name, value, known.join(" or ")));
    return found ?? known[0];
  };
  const number = (name: string, value: string | undefined, standard: number, isFit: (value: number) => boolean) => {
    const parsed = value === undefined ? standard : Number(value);
    if (isFit(parsed)) return parsed;
    problems.push(`${name} is no number that it may be`);
    return standard;
  };
  // Timers take no longer times, and queues that hold more are none.
  const positive = (name: string, standard: number) =>
    number(name, read(name), standard, (each) => each > 0 && each < 2 ** 31);

  oneOf("OTEL_EXPORTER_OTLP_PROTOCOL", readOtlp("PROTOCOL"), ["http/protobuf"]);
  const otlpUrl = tracesUrl(read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), read("OTEL_EXPORTER_OTLP_ENDPOINT"));
  // The address may have a password in it.
  if (otlpUrl === undefined) problems.push("the OTLP endpoint is no address that begins with http:// or https://");
  const settings = {
    exporters,
    otlpUrl: otlpUrl ?? "",
    sampler: samplerOf(
      oneOf("OTEL_TRACES_SAMPLER", read("OTEL_TRACES_SAMPLER"), samplerNames),
      number("OTEL_TRACES_SAMPLER_ARG", read("OTEL_TRACES_SAMPLER_ARG"), 1, (each) => each >= 0 && each <= 1),
    ),
    batch: {
      maxQueueSize: positive("OTEL_BSP_MAX_QUEUE_SIZE", 2_048),
      maxExportBatchSize: positive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512),
      scheduledDelayMillis: positive("OTEL_BSP_SCHEDULE_DELAY", 5_000),
      exportTimeoutMillis: positive("OTEL_BSP_EXPORT_TIMEOUT", 30_000),
    },
  };
  return problems.length === 0 ? { kind: "on", settings } : { kind: "unsupported", problem: problems.join("; ") };
}

/** The first is the default. */
const samplerNames = [
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
  "always_on",
  "always_off",
  "traceidratio",
] as const;

function samplerOf(name: (typeof samplerNames)[number], ratio: number): SamplerSettings {
  const isParentBased = name.startsWith("parentbased_");
  const root = name.endsWith("always_on") ? "always_on" : name.endsWith("always_off") ? "always_off" : "traceidratio";
  return { root, isParentBased, ratio };
}

/** An endpoint of traces is taken as it is; of one for all signals it is the path `v1/traces` below. */
function tracesUrl(ofTraces: string | undefined, ofAll = "http://localhost:4318"): string | undefined {
  const url = URL.parse(ofTraces ?? `${ofAll.replace(/\/+$/, "")}/v1/traces`);
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.href : undefined;
}

function notSupported(name: string, value: string | undefined, supported: string): string {
  return `${name}=${value} is not supported: set ${supported}`;
}
