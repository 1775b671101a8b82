/** Gives a text a look, where the reader is a terminal that shows it; else the text as it is. */
export type Paint = (look: "bold" | "dim" | "green" | "red" | "yellow" | "cyan", text: string) => string;
