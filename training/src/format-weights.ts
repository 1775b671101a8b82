import type { LearnedHead, LearnedModel, WrittenHead, WrittenModel } from "@meridian/routing";

/** A model as a module of TypeScript that is imported where it is used. */
export function formatWeights(model: LearnedModel): string {
  const written: WrittenModel = { ...model, cheap: writtenHead(model.cheap), expensive: writtenHead(model.expensive) };
  return `// Written by training/; see docs/learned-routing.md. Do not edit.
import type { WrittenModel } from "../learned/learned-model.js";

/** The weights of the learned policy. */
export const learnedWeights: WrittenModel = ${JSON.stringify(written, undefined, 2)};
`;
}

function writtenHead(head: LearnedHead): WrittenHead {
  return { ...head, text: Buffer.from(head.text.buffer).toString("base64") };
}
