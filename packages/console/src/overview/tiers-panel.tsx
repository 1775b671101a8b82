import type { TierCount } from "@meridian/admin-proto";
import { ShareBar } from "../charts/share-bar.js";
import { formatCount, formatShare, shareOf } from "../format/numbers.js";
import { Empty, Panel } from "../parts/panel.js";
import { sumOf } from "./sum-of.js";

const meanings = {
  low: "short, with a low word",
  medium: "the region's model",
  high: "long, or with a high word",
  pinned: "the caller named a model",
} as const;

/** What prompts were taken for. */
export function TiersPanel({ tiers }: { readonly tiers: readonly TierCount[] }) {
  const all = sumOf(tiers.map(({ chats }) => chats));
  const shares = Object.entries(meanings).map(([tier, meaning]) => {
    const chats = tiers.find((each) => each.tier === tier)?.chats ?? 0n;
    return { name: tier, meaning, chats, share: shareOf(chats, all), colour: `colour-tier-${tier}` };
  });
  return (
    <Panel name="tiers" title="Tiers" note="What chats were taken for">
      {all === 0n ? (
        <Empty>No chat was routed in this window.</Empty>
      ) : (
        <>
          <ShareBar label="Chats by tier" shares={shares} />
          <ul class="shares">
            {shares.map(({ name, meaning, chats, share, colour }) => (
              <li key={name}>
                <span class={`swatch ${colour}`} />
                <span>
                  {name} <span class="note">{meaning}</span>
                </span>
                <b>{formatShare(share)}</b>
                <span class="note">{formatCount(chats)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
