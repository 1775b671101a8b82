/** A text from outside for a terminal: what would move its cursor or change its colours is shown as U+FFFD. */
export function plainText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) =>
    character === "\n" || character === "\t" ? character : "\u{fffd}",
  );
}
