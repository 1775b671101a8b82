const paths = {
  check: "M3.5 8.5l3 3 6-7",
  cross: "M4 4l8 8M12 4l-8 8",
  clock: "M8 4.5V8l2.5 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z",
  bolt: "M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z",
  cut: "M2 8h3.5M10.5 8H14M6.5 5.5l3 5M9.5 5.5l-3 5",
  hand: "M8 2v6M5 4v5M11 4v5M5 9c0 3 1 5 3.5 5S12.5 12 12.5 9V6.5",
  question: "M5.8 6a2.2 2.2 0 1 1 3.3 1.9C8.3 8.4 8 8.8 8 9.6M8 12v.1",
  half: "M8 2a6 6 0 0 1 0 12zM8 2a6 6 0 0 0 0 12",
  sun: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
  screen: "M2.5 3.5h11v7h-11zM6 13h4",
  arrow: "M3 8h10M9 4l4 4-4 4",
  chevron: "M6 4l4 4-4 4",
  stop: "M4.5 4.5h7v7h-7z",
  globe: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM2 8h12M8 2c-4 3.5-4 8.5 0 12M8 2c4 3.5 4 8.5 0 12",
  layers: "M8 2l6 3-6 3-6-3zM2 8.5l6 3 6-3M2 11.5l6 3 6-3",
  list: "M3 4h10M3 8h7M3 12h4",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof paths;

/** An icon beside a text that says the same. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
