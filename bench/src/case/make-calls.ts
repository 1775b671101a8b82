import { between, createRandom, type Random } from "../create-random.js";
import { answerTokens, callsPerSecond, cities, classShares } from "./assumptions.js";
import type { Language } from "./corpus/language.js";
import { makePrompt, type PromptClass } from "./corpus/make-prompt.js";

/** A call of the traffic, the same in every variant of the case. */
export interface CaseCall {
  /** When it is made, from the start of the traffic. */
  readonly atMs: number;
  /** The name of one of `cities`. */
  readonly city: string;
  readonly promptClass: PromptClass;
  readonly language: Language;
  readonly prompt: string;
}

/** What traffic is made from: equal ones make equal traffic. */
export interface Traffic {
  readonly seed: number;
  readonly calls: number;
  /** 1: the pace of an average second of the published day. */
  readonly pace: number;
}

/**
 * Makes the traffic. Countries, classes and languages are dealt out in exactly the assumed shares; who comes when, and what
 * is asked, are chance. Arrivals are those of independent callers.
 */
export function makeCalls({ seed, calls, pace }: Traffic): readonly CaseCall[] {
  const random = createRandom(seed);
  const places = deal(random, new Map(cities.map((city) => [city, city.share])), calls);
  const decks = new Map(
    cities.map((city) => {
      const count = places.filter((place) => place === city).length;
      const classes = deal(random, entriesOf(classShares), count);
      return [city, { classes, languages: deal(random, entriesOf(city.languages), count) }];
    }),
  );
  let atMs = 0;
  return places.map((city) => {
    const deck = decks.get(city);
    const promptClass = deck?.classes.pop();
    const language = deck?.languages.pop();
    if (promptClass === undefined || language === undefined) throw new Error(`no card left for ${city.name}`);
    atMs += (-Math.log(1 - random()) * 1_000) / (callsPerSecond * pace);
    return { atMs, city: city.name, promptClass, language, prompt: makePrompt(promptClass, language, random) };
  });
}

/** How long the answer to a prompt is: the same from every model, as what is asked is the same. */
export function answerTokensFor(prompt: string): number {
  let mixed = 0;
  for (const unit of prompt) mixed = Math.imul(mixed ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return between(createRandom(mixed), answerTokens.least, answerTokens.most);
}

/** `count` cards of each kind's share, shuffled. What the shares leave over goes to the kinds that lack most. */
export function deal<Kind>(random: Random, shares: ReadonlyMap<Kind, number>, count: number): Kind[] {
  const kinds = [...shares].map(([kind, share]) => ({
    kind,
    whole: Math.floor(share * count),
    rest: (share * count) % 1,
  }));
  const cards = kinds.flatMap(({ kind, whole }) => Array.from({ length: whole }, () => kind));
  const byRest = kinds.toSorted((one, other) => other.rest - one.rest);
  for (const { kind } of byRest.slice(0, count - cards.length)) cards.push(kind);
  return shuffle(random, cards);
}

/** The same items in an order of chance. */
export function shuffle<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

function entriesOf<Key extends string>(shares: Readonly<Partial<Record<Key, number>>>): ReadonlyMap<Key, number> {
  // Object.entries widens the keys of a literal to text; they are the ones that it was written with.
  return new Map(Object.entries(shares) as [Key, number][]);
}
