import type { CallFeatures, ExcludedCandidate, Model, RoutingPolicy, TenantRights } from "@meridian/core";
import type { ModelChoice } from "./choose-model.js";
import { mayUseModel } from "./tenant-rights.js";

/** A model that may answer, and why it stands in its place. */
export interface ChainLink {
  readonly model: Model;
  readonly reason: string;
}

/** The models that may answer, in order, and those that may not: the caller's to add to. */
export interface ModelChain {
  readonly links: readonly ChainLink[];
  readonly excluded: ExcludedCandidate[];
}

/**
 * The chosen model and its fallbacks, each once: the caller's own fallbacks, else, for a routed call, those that the
 * configuration gives the chosen model. A pinned model is followed by nothing that the caller did not list.
 * Only models stay that the caller allows and the tenant may use; where that takes the chosen model of a routed call away,
 * the others that are left to it join.
 */
export function modelChain(
  call: Pick<CallFeatures, "model" | "routing">,
  choice: ModelChoice,
  policy: RoutingPolicy,
  rights: Pick<TenantRights, "models">,
): ModelChain {
  const { allowedModels } = call.routing;
  const isAllowed = (id: string) => allowedModels.length === 0 || allowedModels.includes(id);
  // A handful: to look through them takes less than a map does.
  const places = [{ id: choice.model, reason: choice.reason }];
  const add = (id: string, reason: string) => {
    if (!places.some((place) => place.id === id)) places.push({ id, reason });
  };
  const isRouted = call.model === undefined;
  if (call.routing.fallbacks.length > 0) {
    for (const id of call.routing.fallbacks) add(id, "a fallback that the caller lists");
  } else if (isRouted) {
    for (const id of policy.models.get(choice.model)?.fallbacks ?? []) add(id, `fallback of ${choice.model}`);
  }
  if (isRouted && !isAllowed(choice.model)) {
    for (const id of allowedModels) add(id, `an allowed model, as ${choice.model} is not one`);
  } else if (isRouted && !mayUseModel(rights, choice.model)) {
    for (const id of rights.models ?? []) add(id, `a model of the tenant's, as ${choice.model} is not one`);
  }
  const links: ChainLink[] = [];
  const excluded: ExcludedCandidate[] = [];
  for (const { id, reason } of places) {
    const model = policy.models.get(id);
    if (!isAllowed(id)) excluded.push({ model: id, endpoint: undefined, reason: "not in routing.allowed_models" });
    else if (!mayUseModel(rights, id))
      excluded.push({ model: id, endpoint: undefined, reason: noRight, byRights: true });
    else if (model === undefined) excluded.push({ model: id, endpoint: undefined, reason: "not in the catalogue" });
    else links.push({ model, reason });
  }
  return { links, excluded };
}

const noRight = "the tenant may not use this model";

/** The first name among the caller's that the catalogue does not have; undefined: it has them all. */
export function unknownModel(
  call: Pick<CallFeatures, "model" | "routing">,
  policy: Pick<RoutingPolicy, "models">,
): { readonly model: string; readonly field: string } | undefined {
  // Nothing is named in most calls.
  if (call.model === undefined && call.routing.fallbacks.length + call.routing.allowedModels.length === 0)
    return undefined;
  const named = [
    ...(call.model === undefined ? [] : [{ model: call.model, field: "model" }]),
    ...call.routing.fallbacks.map((model, index) => ({ model, field: `routing.fallbacks[${index}]` })),
    ...call.routing.allowedModels.map((model, index) => ({ model, field: `routing.allowed_models[${index}]` })),
  ];
  return named.find(({ model }) => !policy.models.has(model));
}
