// Measures how well budgets hold: `npm run measure:budget -- --data FOLDER`.
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type LearnedScore, loadLearnedModel, scoreText } from "@meridian/routing";
import { type BudgetRun, firstPrompts, measureBudget } from "./measure-budget.js";
import { readRows } from "./read-rows.js";
import { seededRandom, shuffle } from "./seeded-random.js";

const help = `Usage: npm run measure:budget -- --data FOLDER [--high SHARE] [--orders N]

Routes each data set of FOLDER/dev.jsonl.gz, and each language of FOLDER/dev_multilingual.jsonl.gz, by the learned
policy from its start, in the order of the file and in shuffled ones. Data sets of fewer than 600 prompts are gone
through several times. Ends with 1 where the share of the expensive tier is more than 3 points off after ${firstPrompts} prompts.

  --data FOLDER  where the data is
  --high SHARE   the share that the expensive tier may have (default: 0.3)
  --orders N     how many shuffled orders (default: 50)
  --help         this text`;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    high: { type: "string", default: "0.3" },
    orders: { type: "string", default: "50" },
    help: { type: "boolean", default: false },
  },
});

const leastPrompts = 600;
const mostPoints = 3;

/** All prompts again and again until there are enough, each time in another order but the first. */
function streamOf(prompts: readonly LearnedScore[], order: number): readonly LearnedScore[] {
  const random = seededRandom(order);
  const stream: LearnedScore[] = [];
  const places = Int32Array.from(prompts, (_, index) => index);
  while (stream.length < leastPrompts) {
    if (order > 0 || stream.length > 0) shuffle(places, random);
    for (const place of places) stream.push(...prompts.slice(place, place + 1));
  }
  return stream;
}

const points = (share: number) => (100 * share).toFixed(1).padStart(6);

async function measure(data: string, high: number, orders: number): Promise<boolean> {
  const model = await loadLearnedModel();
  const rows = [
    ...(await readRows(join(data, "dev.jsonl.gz"))),
    ...(await readRows(join(data, "dev_multilingual.jsonl.gz"))).map((row) => ({ ...row, suite: `gmmlu ${row.lang}` })),
  ];
  const suites = Map.groupBy(rows, ({ suite }) => suite);
  console.log(`Share of the expensive tier in percent, of a budget of ${100 * high}, with ${model.version}`);
  console.log(`                          in the order of the file     ${orders} shuffled orders, the worst   fixed`);
  console.log("                 prompts  first 200  after  at worst    first 200  after  at worst      cut-off");
  let worst = 0;
  for (const [suite, ofSuite] of suites) {
    const prompts = ofSuite.map(({ prompt }) => scoreText(model, prompt));
    const runs = Array.from({ length: orders + 1 }, (_, order) => measureBudget(streamOf(prompts, order), high, model));
    const [file, ...shuffled] = runs;
    if (file === undefined) continue;
    const farthest = (of: (run: BudgetRun) => number) =>
      shuffled.map(of).reduce((one, other) => (Math.abs(other - high) > Math.abs(one - high) ? other : one), high);
    // What sends the share to the expensive tier that the budget names, of the prompts of the training.
    const fixed = model.calibration[Math.round((1 - high) * (model.calibration.length - 1))] ?? 0;
    const fixedShare = prompts.filter(({ score }) => score >= fixed).length / prompts.length;
    console.log(
      `${suite.padEnd(16)} ${String(prompts.length).padStart(7)}     ${points(file.first)} ${points(file.rest)}    ${points(file.farthest)}       ${points(farthest(({ first }) => first))} ${points(farthest(({ rest }) => rest))}    ${points(farthest(({ farthest: share }) => share))}       ${points(fixedShare)}`,
    );
    for (const run of runs) worst = Math.max(worst, Math.abs(run.farthest - high));
  }
  console.log(`At worst ${(100 * worst).toFixed(1)} points off after ${firstPrompts} prompts.`);
  return 100 * worst <= mostPoints;
}

if (values.help || values.data === undefined) {
  console.log(help);
  process.exitCode = values.help ? 0 : 2;
} else {
  const data = resolve(process.env["INIT_CWD"] ?? "", values.data);
  if (!(await measure(data, Number(values.high), Number(values.orders)))) process.exitCode = 1;
}
