import type { Theme } from "../data/theme.js";
import type { Connection } from "../data/use-overview.js";
import type { View } from "../data/use-view.js";
import { Brand } from "./brand.js";
import { ConnectionPill } from "./connection-pill.js";
import { Icon, type IconName } from "./icon.js";

/** What the head of the page shows. */
export interface HeaderProps {
  readonly view: View;
  readonly connection: Connection;
  /** When what is shown was read, on the browser's clock. */
  readonly readAtMs: number | undefined;
  readonly theme: Theme;
  readonly onTheme: () => void;
}

const themeIcons = { system: "screen", light: "sun", dark: "moon" } as const satisfies Record<Theme, IconName>;
const views = [
  ["overview", "#/", "Overview"],
  ["playground", "#/playground", "Playground"],
] as const satisfies readonly (readonly [View, string, string])[];

/** The head of the page: where one is, whether it lives, and its colours. */
export function Header({ view, connection, readAtMs, theme, onTheme }: HeaderProps) {
  return (
    <header class="top">
      <div class="top-row">
        <Brand />
        <nav aria-label="Views">
          {views.map(([name, href, label]) => (
            <a key={name} href={href} aria-current={name === view ? "page" : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <div class="top-end">
          <ConnectionPill connection={connection} readAtMs={readAtMs} />
          <button type="button" class="icon-button" onClick={onTheme} aria-label={`Colours: ${theme}. Change`}>
            <Icon name={themeIcons[theme]} />
          </button>
        </div>
      </div>
    </header>
  );
}
