import type { Answer, Deployment, Model, Usage } from "@meridian/core";
import type { CallEvent } from "@meridian/dispatch";

/** Who answers: a deployment, or of a cached answer the model alone that had made it. */
export type Answerer = Deployment | { readonly model: Pick<Model, "id"> };

/** The deployment that answers; undefined where the answer comes from the cache. */
export function deploymentOf(answerer: Answerer): Deployment | undefined {
  return "endpoint" in answerer ? answerer : undefined;
}

/** An event of a streamed chat, see `CallEvent`. */
export type ChatEvent = Answered<CallEvent>;

type Answered<Event> = Event extends { readonly deployment: Deployment }
  ? Omit<Event, "deployment"> & { readonly deployment: Answerer }
  : Event;

/** A whole answer to a chat. */
export interface CompletedChat {
  readonly answer: Answer;
  readonly usage: Usage | undefined;
  readonly deployment: Answerer;
}
