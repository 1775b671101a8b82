import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const topics = ["rivers", "flags", "metals", "birds", "stars", "bridges"] as const;

/**
 * Writes a folder of made-up prompts in the form of the real data, which is no part of the repository: that everything
 * works can be tried with it, and nothing else.
 */
export async function writeSampleData(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const rows = Array.from({ length: 48 }, (_, index) => {
    const topic = `${topics[index % topics.length]} ${index}`;
    const isHard = index % 2 === 0;
    const prompt = isHard ? `Prove by induction a lemma about ${topic}.` : `Name a colour of ${topic}.`;
    return {
      id: `sample:${index}`,
      suite: index < 24 ? "mmlu" : "sample",
      lang: "en",
      prompt,
      weak_ok: isHard && index % 8 !== 0 ? 0 : 1,
      mid_ok: index % 4 === 0 ? 0 : 1,
      strong_ok: index % 11 === 0 ? 0 : 1,
    };
  });
  const translations = { en: "Name a colour of", id: "Sebutkan satu warna dari", vi: "Hãy kể tên một màu của" };
  const parallel = Object.entries(translations).flatMap(([lang, words]) =>
    topics.map((topic, index) => ({
      id: `sample_${lang}:${index}`,
      suite: `sample_${lang}`,
      lang,
      prompt: `${words} ${topic}?`,
      weak_ok: index % 2,
      strong_ok: 1,
      pair: topic,
    })),
  );
  await writeFile(join(folder, "dev.jsonl.gz"), packed(rows));
  await writeFile(join(folder, "dev_multilingual.jsonl.gz"), packed(parallel));
}

function packed(rows: readonly object[]): Uint8Array {
  return gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}
