import { caseModels } from "../assumptions.js";
import type { CallRecord } from "../callers/callers-job.js";
import type { PromptClass } from "../corpus/make-prompt.js";

/** What the saving on the bill would be if something were other than assumed. */
export interface BillSaving {
  readonly assumption: string;
  readonly savedPercent: number;
}

/** List prices of the request in USD per 1,000,000 tokens. Assumed: none were published, and Meridian's catalogue has none. */
const inputUsdPerMillion: Readonly<Record<string, number>> = {
  "gpt-4.1": 2,
  "claude-sonnet-4.5": 3,
  "gemini-2.5-flash": 0.3,
  "deepseek-v3.2": 0.28,
};

const variations: readonly {
  readonly assumption: string;
  readonly longer?: Readonly<Partial<Record<PromptClass, number>>>;
  readonly isInputBilled?: boolean;
}[] = [
  { assumption: "as assumed: answers of all classes equally long, the request free" },
  { assumption: "answers to complex prompts twice as long", longer: { complex: 2 } },
  { assumption: "complex four times, middling twice as long", longer: { complex: 4, middling: 2 } },
  { assumption: "the request billed too, at list prices", isInputBilled: true },
];

/** Bills the answered calls of before and after again, under other assumptions. */
export function billSavings(before: readonly CallRecord[], after: readonly CallRecord[]): readonly BillSaving[] {
  return variations.map(({ assumption, longer = {}, isInputBilled = false }) => {
    const billOf = (records: readonly CallRecord[]) =>
      records.reduce((sum, { model, promptClass, promptTokens, outputTokens }) => {
        const output = caseModels.find(({ id }) => id === model)?.usdPerMillionOutputTokens ?? 0;
        const input = isInputBilled ? (inputUsdPerMillion[model ?? ""] ?? 0) : 0;
        return sum + outputTokens * (longer[promptClass] ?? 1) * output + promptTokens * input;
      }, 0) / records.length;
    return { assumption, savedPercent: 100 * (1 - billOf(after) / billOf(before)) };
  });
}
