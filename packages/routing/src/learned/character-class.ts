/** What a UTF-16 unit is to the features. */
export const characterClass = { other: 0, space: 1, letter: 2, digit: 3, hangul: 4, han: 5 } as const;

/** One of the values of {@link characterClass}. */
export type CharacterClass = (typeof characterClass)[keyof typeof characterClass];

/** From a first unit on, up to the next line. Whatever alphabet has no line of its own is a letter. */
const ranges: readonly (readonly [firstUnit: number, CharacterClass])[] = [
  [0x0000, characterClass.space],
  [0x0021, characterClass.other],
  [0x0030, characterClass.digit],
  [0x003a, characterClass.other],
  [0x0041, characterClass.letter],
  [0x005b, characterClass.other],
  [0x0061, characterClass.letter],
  [0x007b, characterClass.other],
  [0x00a0, characterClass.space],
  [0x00a1, characterClass.other],
  [0x00aa, characterClass.letter],
  [0x00ab, characterClass.other],
  [0x00b5, characterClass.letter],
  [0x00b6, characterClass.other],
  [0x00c0, characterClass.letter],
  [0x00d7, characterClass.other],
  [0x00d8, characterClass.letter],
  [0x00f7, characterClass.other],
  [0x00f8, characterClass.letter],
  [0x1100, characterClass.hangul],
  [0x1200, characterClass.letter],
  // Punctuation, currency, arrows, mathematical and other symbols.
  [0x2000, characterClass.space],
  [0x200b, characterClass.other],
  [0x2c00, characterClass.letter],
  [0x2e00, characterClass.other],
  [0x2e80, characterClass.han],
  [0x3000, characterClass.space],
  [0x3001, characterClass.other],
  [0x3005, characterClass.han],
  [0x3008, characterClass.other],
  [0x3040, characterClass.han],
  [0x3130, characterClass.hangul],
  [0x3190, characterClass.han],
  [0xa000, characterClass.letter],
  [0xac00, characterClass.hangul],
  // Pairs of surrogates: han beyond the basic plane, letters and emoji before.
  [0xd800, characterClass.other],
  [0xd840, characterClass.han],
  [0xd880, characterClass.other],
  [0xdc00, characterClass.other],
  [0xe000, characterClass.other],
  [0xf900, characterClass.han],
  [0xfb00, characterClass.letter],
  [0xfe00, characterClass.other],
  [0xfe70, characterClass.letter],
  [0xff00, characterClass.other],
  [0xff10, characterClass.digit],
  [0xff1a, characterClass.other],
  [0xff21, characterClass.letter],
  [0xff3b, characterClass.other],
  [0xff41, characterClass.letter],
  [0xff5b, characterClass.other],
  [0xff66, characterClass.han],
  [0xffa0, characterClass.hangul],
  [0xffe0, characterClass.other],
];

/** Of every UTF-16 unit its class: 64 KB, filled once. */
const classes = new Uint8Array(0x10000);
for (const [firstUnit, kind] of ranges) classes.fill(kind, firstUnit);

/** The class of a UTF-16 unit. */
export function classOf(unit: number): number {
  return classes[unit] ?? 0;
}
