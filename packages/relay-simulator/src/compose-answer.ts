import type { ChatRequest } from "./chat-request.js";
import { chooseTools } from "./choose-tools.js";
import { composeReasoning, composeText, questionOf, topicWords } from "./compose-text.js";
import { createRandom, digest, type Random } from "./random.js";
import { sampleSchema } from "./sample-schema.js";
import type { SimulatedModel } from "./simulated-model.js";
import { countPromptTokens, tokensOf } from "./tokens.js";

/** A tool call of an answer. */
export interface ComposedToolCall {
  readonly id: string;
  readonly name: string;
  /** Joined they are the arguments as JSON text. */
  readonly argumentTokens: readonly string[];
}

/** One of the choices of an answer. */
export interface ComposedChoice {
  readonly reasoning: readonly string[];
  readonly content: readonly string[];
  readonly toolCalls: readonly ComposedToolCall[];
  readonly finishReason: "stop" | "length" | "tool_calls";
}

/** All that an answer says, before it has a wire form. */
export interface ComposedAnswer {
  readonly choices: readonly ComposedChoice[];
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
}

/**
 * Composes the answer to a request: the same for the same seed, model and request, streamed or not. Text is at least
 * `minimumTokens` long unless the request limits it.
 */
export function composeAnswer(
  request: ChatRequest,
  model: SimulatedModel,
  seed: number,
  minimumTokens: number,
): ComposedAnswer {
  const key = digest(`${seed} ${model.id} ${request.answerKey}`, 40);
  const choices = Array.from({ length: request.choices }, (_, index) =>
    limitTokens(composeChoice(request, model, createRandom(`${key} ${index}`), minimumTokens), request.maxTokens),
  );
  const promptTokens = countPromptTokens(request.messages);
  return {
    choices,
    promptTokens,
    completionTokens: choices.reduce((sum, choice) => sum + tokensOfChoice(choice), 0),
    // What a long prompt has in common with the one before: whole blocks of 128, as OpenAI counts them.
    cachedTokens: promptTokens >= 1_024 ? promptTokens - (promptTokens % 128) : 0,
    reasoningTokens: choices.reduce((sum, choice) => sum + choice.reasoning.length, 0),
  };
}

function composeChoice(
  request: ChatRequest,
  model: SimulatedModel,
  random: Random,
  minimumTokens: number,
): ComposedChoice {
  const reasoning = request.reasoning ? composeReasoning(request.messages, random) : [];
  const tools = chooseTools(request);
  const words = tools.length > 0 || request.schema !== undefined ? topicWords(questionOf(request.messages)) : [];
  if (tools.length > 0) {
    const toolCalls = tools.map(({ name, parameters }) => {
      const named = new Set(name.toLowerCase().split(/[^a-z0-9]+/));
      const subjects = words.filter((word) => word !== name && !named.has(word.toLowerCase()));
      const value = sampleSchema({ type: "object", ...parameters }, random, subjects);
      const id = `call_${digest(`${name} ${random()}`, 24)}`;
      return { id, name, argumentTokens: tokensOf(JSON.stringify(value)) };
    });
    return { reasoning, content: [], toolCalls, finishReason: "tool_calls" };
  }
  if (request.schema !== undefined) {
    const isAnyObject = Object.keys(request.schema).length === 0;
    const schema = isAnyObject ? anyObjectSchema : request.schema;
    const content = tokensOf(JSON.stringify(sampleSchema(schema, random, words)));
    return { reasoning, content, toolCalls: [], finishReason: "stop" };
  }
  const { answerTokens } = model;
  const exact = typeof answerTokens === "function" ? answerTokens(questionOf(request.messages)) : answerTokens;
  const length = { exact, minimum: minimumTokens };
  const content = composeText(model.id, request.messages, length, random);
  return { reasoning, content: cutAtStop(content, request.stops), toolCalls: [], finishReason: "stop" };
}

const anyObjectSchema = {
  type: "object",
  properties: { answer: { type: "string" }, confidence: { type: "number", minimum: 0, maximum: 1 } },
};

function cutAtStop(tokens: readonly string[], stops: readonly string[]): readonly string[] {
  if (stops.length === 0) {
    return tokens;
  }
  const text = tokens.join("");
  const ends = stops.map((stop) => text.indexOf(stop)).filter((end) => end >= 0);
  return ends.length === 0 ? tokens : tokensOf(text.slice(0, Math.min(...ends)));
}

function tokensOfChoice(choice: ComposedChoice): number {
  const argumentTokens = choice.toolCalls.reduce((sum, call) => sum + call.argumentTokens.length, 0);
  return choice.reasoning.length + choice.content.length + argumentTokens;
}

function limitTokens(choice: ComposedChoice, maxTokens: number | undefined): ComposedChoice {
  if (maxTokens === undefined || tokensOfChoice(choice) <= maxTokens) {
    return choice;
  }
  let left = maxTokens;
  const take = (tokens: readonly string[]) => {
    const taken = tokens.slice(0, left);
    left -= taken.length;
    return taken;
  };
  const reasoning = take(choice.reasoning);
  const content = take(choice.content);
  const toolCalls = choice.toolCalls
    .map((call) => ({ ...call, argumentTokens: take(call.argumentTokens) }))
    .filter((call) => call.argumentTokens.length > 0);
  return { reasoning, content, toolCalls, finishReason: "length" };
}
