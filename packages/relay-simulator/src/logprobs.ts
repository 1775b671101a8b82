import { createRandom } from "./random.js";

/** The log probabilities of one token as OpenAI sends them in `logprobs.content`. */
export interface WireLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[];
  readonly top_logprobs?: readonly WireLogprob[];
}

/** Makes up log probabilities for a token, with as many alternatives as asked for; the token itself is the first. */
export function logprobOf(token: string, alternatives: number): WireLogprob {
  const random = createRandom(token);
  const chosen = entry(token, -random() / 10);
  const top = Array.from({ length: alternatives }, (_, index) =>
    index === 0 ? chosen : entry(`${token}${index}`, -2 - index - random()),
  );
  return { ...chosen, top_logprobs: top };
}

function entry(token: string, logprob: number): WireLogprob {
  return { token, logprob, bytes: [...Buffer.from(token)] };
}
