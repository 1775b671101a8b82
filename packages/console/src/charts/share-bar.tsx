import { formatShare } from "../format/numbers.js";

/** A part of a whole. */
export interface Share {
  readonly name: string;
  readonly share: number;
  /** The class that gives it its colour. */
  readonly colour: string;
}

/** A whole, divided. Its parts stand in words beside it. */
export function ShareBar({ label, shares }: { readonly label: string; readonly shares: readonly Share[] }) {
  const words = shares.map(({ name, share }) => `${name} ${formatShare(share)}`).join(", ");
  return (
    <div class="share-bar" role="img" aria-label={`${label}: ${words}`}>
      {shares.map(({ name, share, colour }) => (
        <span key={name} class={colour} style={{ flexGrow: share }} />
      ))}
    </div>
  );
}
