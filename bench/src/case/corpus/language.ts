/** A language of the corpus, by ISO 639-1. */
export type Language = "en" | "id" | "ko" | "vi";

/** Text in each language. */
export type ByLanguage<Text> = Readonly<Record<Language, Text>>;
