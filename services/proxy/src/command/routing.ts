import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Tier } from "@meridian/core";
import { classifyText, createTokenCounter, loadLearnedModel, scoreText, tierOfScore } from "@meridian/routing";
import { type Command, Option } from "commander";
import { z } from "zod";
import { loadVocabulary } from "../edge/vocabulary.js";
import type { CommandWorld } from "./load-config.js";
import { loadPolicy } from "./load-policy.js";

/** What the command needs of the world. */
export interface RoutingWorld extends CommandWorld {
  /** Resolves once whoever reads standard output has taken what was printed, or nearly all of it. */
  printed(): Promise<void>;
}

interface ScoreOptions {
  readonly data: string;
  readonly policy: "keywords" | "learned";
}

/** What a policy makes of a prompt. */
interface Scored {
  readonly score: number;
  readonly tier: Tier;
}

/** The tiers as numbers, from cheap to expensive. */
const tierNumbers = { low: 0, medium: 1, high: 2 } as const satisfies Record<Tier, number>;

/** Other fields may be there. */
const rowSchema = z.object({ id: z.union([z.string(), z.number()]), prompt: z.string() });

/** `meridian routing score`: what a policy makes of the prompts of a file, for evaluators. */
export function addRoutingCommand(program: Command, world: RoutingWorld): void {
  program
    .command("routing")
    .description("how prompts are judged")
    .command("score")
    .description("print what a policy makes of each prompt of a file: {id, score, tier}, one a line")
    .requiredOption("-d, --data <file>", "JSON lines with id and prompt; gzipped where the name ends in .gz")
    .addOption(new Option("-p, --policy <policy>", "the policy").choices(["keywords", "learned"]).default("learned"))
    .action((options: ScoreOptions) => printScores(options, world));
}

async function printScores({ data, policy }: ScoreOptions, world: RoutingWorld): Promise<void> {
  const score = policy === "learned" ? await learnedScorer() : keywordScorer(world);
  let lineNumber = 0;
  for await (const line of linesOf(data)) {
    lineNumber++;
    if (line.trim() === "") continue;
    const row = parseRow(line);
    if (row === undefined) throw new Error(`${data}:${lineNumber}: not a JSON object with an id and a prompt`);
    const { score: value, tier } = score(row.prompt);
    world.print(JSON.stringify({ id: row.id, score: value, tier: tierNumbers[tier] }));
    await world.printed();
  }
}

async function learnedScorer(): Promise<(prompt: string) => Scored> {
  const model = await loadLearnedModel();
  return (prompt) => {
    const { score } = scoreText(model, prompt);
    return { score, tier: tierOfScore(model, score) };
  };
}

/** The keyword rule has no score but its tier. */
function keywordScorer({ environment }: CommandWorld): (prompt: string) => Scored {
  const { keywords } = loadPolicy(undefined, environment).routing;
  const counter = createTokenCounter(loadVocabulary());
  return (prompt) => {
    const { tier } = classifyText(prompt, keywords, counter);
    return { score: tierNumbers[tier], tier };
  };
}

/** The lines of a file, one after the other. Rejects where it cannot be read or unpacked. */
async function* linesOf(file: string): AsyncGenerator<string, void, undefined> {
  const source = createReadStream(file);
  let failure: Error | undefined;
  // The reader of lines ends with its input, whatever that ended with.
  const input = file.endsWith(".gz")
    ? pipeline(source, createGunzip(), (error) => {
        failure = error ?? undefined;
      })
    : source;
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  if (failure !== undefined) throw failure;
}

function parseRow(line: string): z.infer<typeof rowSchema> | undefined {
  try {
    return rowSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
