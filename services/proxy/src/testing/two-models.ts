import { type ChatRequestInit, user } from "@meridian/inference-client";

/** The model that `twoModels` asks first. */
export const firstModel: string = "gpt-4.1";
/** The one that it falls back to, whose context window is larger. */
export const secondModel: string = "gemini-2.5-flash";

/** A call that may go to two models. */
export const twoModels = {
  model: firstModel,
  messages: [user("Tell me about the weather in Jakarta")],
  routing: { fallbacks: [secondModel] },
} satisfies ChatRequestInit;
