import { between, pick, type Random } from "../../create-random.js";
import { complex } from "./complex.js";
import type { Language } from "./language.js";
import { lookups } from "./lookups.js";
import { materialLines } from "./material.js";
import { middling } from "./middling.js";
import { slots } from "./slots.js";

/** How much thought a prompt asks for, as its writer sees it; Meridian knows nothing of it. */
export type PromptClass = "lookup" | "middling" | "complex";

const forms = { lookup: lookups, middling, complex } as const;

/** Writes a prompt: a form of its class and language, filled in. */
export function makePrompt(promptClass: PromptClass, language: Language, random: Random): string {
  return fillIn(pick(random, forms[promptClass][language]), language, random);
}

function fillIn(form: string, language: Language, random: Random): string {
  const lines = (count: number) =>
    Array.from({ length: count }, () => fillIn(pick(random, materialLines[language]), language, random)).join("\n");
  return form.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === "material") return lines(between(random, 20, 40));
    if (name === "lines") return lines(5);
    return pickPopular(random, slots[language][name] ?? []);
  });
}

/** One of the items, the first ones more often: what people ask for is never spread evenly. */
function pickPopular(random: Random, items: readonly string[]): string {
  return pick(() => random() ** 2, items);
}
