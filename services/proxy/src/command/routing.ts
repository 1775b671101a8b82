import type { Tier } from "@meridian/core";
import { classifyText, createTokenCounter, loadLearnedModel, scoreText, tierOfScore } from "@meridian/routing";
import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { openVocabularyFile } from "../edge/vocabulary.js";
import type { CommandWorld } from "./load-config.js";
import { loadPolicy } from "./load-policy.js";
import { loadWeights } from "./load-weights.js";
import { readLines } from "./read-lines.js";
import { type FitOptions, fitRouting } from "./routing-fit.js";

/** What the command needs of the world. */
export interface RoutingWorld extends CommandWorld {
  /** Resolves once whoever reads standard output has taken what was printed, or nearly all of it. */
  printed(): Promise<void>;
}

interface ScoreOptions {
  readonly data: string;
  readonly policy: "keywords" | "learned";
  readonly weights?: string;
}

/** What a policy makes of a prompt. */
interface Scored {
  readonly score: number;
  readonly tier: Tier;
}

/** The tiers as numbers, from cheap to expensive. */
const tierNumbers = { low: 0, medium: 1, high: 2 } as const satisfies Record<Tier, number>;

const fitHelp = `
Each line of the labels is a JSON object: prompt, weak_ok and strong_ok (how often a cheap and an expensive model were right
about it, 0 to 1; true and false count as 1 and 0). A name in .gz is unpacked. A few hundred are enough.`;

/** Other fields may be there. */
const rowSchema = z.object({ id: z.union([z.string(), z.number()]), prompt: z.string() });

/** `meridian routing`: what a policy makes of the prompts of a file, and weights that are fitted to one's own prompts. */
export function addRoutingCommand(program: Command, world: RoutingWorld): void {
  const routing = program.command("routing").description("how prompts are judged");
  routing
    .command("score")
    .description("print what a policy makes of each prompt of a file: {id, score, tier}, one a line")
    .requiredOption("-d, --data <file>", "JSON lines with id and prompt; gzipped where the name ends in .gz")
    .addOption(new Option("-p, --policy <policy>", "the policy").choices(["keywords", "learned"]).default("learned"))
    .option("-w, --weights <file>", "fitted weights for the learned policy, in place of those that are shipped")
    .action((options: ScoreOptions) => printScores(options, world));
  routing
    .command("fit <labels>")
    .description("fit the learned policy to prompts of one's own with known outcomes, and write its weights to a file")
    .requiredOption("-o, --output <file>", "where the weights go; better ones that are there stay")
    .option("-n, --name <name>", "what the weights are called", "own")
    .addOption(new Option("-s, --seed <number>", "settles what is held out together").default(1).argParser(parseSeed))
    .option("-f, --force", "write the weights even where they are no better, or cannot be compared")
    .addHelpText("after", fitHelp)
    .action((labels: string, options: FitOptions) => fitRouting(labels, options, world));
}

async function printScores({ data, policy, weights }: ScoreOptions, world: RoutingWorld): Promise<void> {
  const score = policy === "learned" ? await learnedScorer(weights) : keywordScorer(world);
  let lineNumber = 0;
  for await (const line of readLines(data)) {
    lineNumber++;
    if (line.trim() === "") continue;
    const row = parseRow(line);
    if (row === undefined) throw new Error(`${data}:${lineNumber}: not a JSON object with an id and a prompt`);
    const { score: value, tier } = score(row.prompt);
    world.print(JSON.stringify({ id: row.id, score: value, tier: tierNumbers[tier] }));
    await world.printed();
  }
}

async function learnedScorer(weights: string | undefined): Promise<(prompt: string) => Scored> {
  const model = weights === undefined ? await loadLearnedModel() : (await loadWeights(weights)).model;
  return (prompt) => {
    const { score } = scoreText(model, prompt);
    return { score, tier: tierOfScore(model, score) };
  };
}

/** The keyword rule has no score but its tier. */
function keywordScorer({ environment }: CommandWorld): (prompt: string) => Scored {
  const { keywords } = loadPolicy(undefined, environment).routing;
  const counter = createTokenCounter(openVocabularyFile());
  return (prompt) => {
    const { tier } = classifyText(prompt, keywords, counter);
    return { score: tierNumbers[tier], tier };
  };
}

function parseRow(line: string): z.infer<typeof rowSchema> | undefined {
  try {
    return rowSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function parseSeed(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("It is a whole number of at most 9 digits.");
  return Number(value);
}
