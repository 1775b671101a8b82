import type { Deployment, Endpoint } from "@meridian/admin-proto";
import { formatDuration } from "../format/time.js";
import { Icon, type IconName } from "../parts/icon.js";
import { Panel } from "../parts/panel.js";

/** The regional relays: whether they can be reached, and how their models do there. */
export function EndpointsPanel({ endpoints }: { readonly endpoints: readonly Endpoint[] }) {
  const slowestMs = Math.max(
    1,
    ...endpoints.flatMap(({ deployments }) => deployments.map((each) => each.latencyMs ?? 0)),
  );
  return (
    <Panel name="endpoints" title="Endpoints" note="Circuit breakers, and how soon a stream's first token is expected">
      <ul class="endpoints">
        {endpoints.map(({ name, region, reachability, deployments }) => (
          <li key={name}>
            <h3>
              {name}
              {region !== "" && region !== name && <span class="note"> {region}</span>}
              <span class={`tag tag-${reachability}`}>{reachability}</span>
            </h3>
            <ul class="deployments">
              {modelsOf(deployments).map((deployment) => (
                <Model key={deployment.model} deployment={deployment} slowestMs={slowestMs} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const states = {
  closed: ["check", "breaker closed"],
  half_open: ["half", "breaker half open"],
  open: ["cross", "breaker open"],
} as const satisfies Record<string, readonly [IconName, string]>;
type State = keyof typeof states;

/** A model at an endpoint, with all its keys. */
interface ModelDeployment {
  readonly model: string;
  readonly latencyMs: number | undefined;
  readonly inFlight: number;
  /** The best of its keys: while one is well, the model is. */
  readonly state: State;
  /** The keys that are left alone while others are not. */
  readonly leftKeys: readonly string[];
}

function Model({ deployment, slowestMs }: { readonly deployment: ModelDeployment; readonly slowestMs: number }) {
  const { model, latencyMs, inFlight, state, leftKeys } = deployment;
  const [icon, word] = states[state];
  return (
    <li class={`deployment is-${state}`}>
      <p class="deployment-model">{model}</p>
      <p class="deployment-latency">
        {latencyMs === undefined ? "not measured" : formatDuration(latencyMs)}
        {inFlight > 0 && <small> {inFlight} in flight</small>}
      </p>
      <span class="meter">
        <span style={{ width: `${((latencyMs ?? 0) / slowestMs) * 100}%` }} />
      </span>
      <p class="deployment-state">
        <Icon name={icon} /> {word}
        {leftKeys.length > 0 && `, open for ${leftKeys.join(", ")}`}
      </p>
    </li>
  );
}

const ranks: readonly State[] = ["closed", "half_open", "open"];

function modelsOf(deployments: readonly Deployment[]): readonly ModelDeployment[] {
  return [...new Set(deployments.map(({ model }) => model))].map((model) => {
    const keys = deployments.filter((each) => each.model === model);
    const state = ranks.find((rank) => keys.some(({ breaker }) => breaker === rank)) ?? "closed";
    const left = keys.filter(({ breaker }) => breaker === "open").map(({ credential }) => credential);
    return {
      model,
      latencyMs: keys[0]?.latencyMs,
      inFlight: keys[0]?.inFlight ?? 0,
      state,
      leftKeys: state === "open" ? [] : left,
    };
  });
}
