import { useEffect, useState } from "preact/hooks";
import { useTheme } from "./data/theme.js";
import { useOverview } from "./data/use-overview.js";
import { useView } from "./data/use-view.js";
import { OverviewView } from "./overview/overview-view.js";
import { Header } from "./parts/header.js";
import { TokenDialog } from "./parts/token-dialog.js";
import { Trouble } from "./parts/trouble.js";
import { PlaygroundView } from "./playground/playground-view.js";

/** The page. */
export function App() {
  const view = useView();
  const [theme, takeNextTheme] = useTheme();
  const [windowMinutes, setWindowMinutes] = useState(15);
  const { connection, overview, refresh } = useOverview(windowMinutes);
  const [readAtMs, setReadAtMs] = useState<number>();
  useEffect(() => {
    if (overview !== undefined) setReadAtMs(Date.now());
  }, [overview]);
  useEffect(() => {
    document.title = view === "playground" ? "Playground · Meridian" : "Overview · Meridian";
  }, [view]);

  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header view={view} connection={connection} readAtMs={readAtMs} theme={theme} onTheme={takeNextTheme} />
      <main id="main" tabIndex={-1}>
        <Trouble connection={connection} onRetry={refresh} />
        {view === "playground" ? (
          <PlaygroundView options={overview?.playground} onCalled={refresh} />
        ) : (
          <OverviewView overview={overview} windowMinutes={windowMinutes} onWindow={setWindowMinutes} />
        )}
      </main>
      {connection.kind === "locked" && <TokenDialog onToken={refresh} />}
      <footer class="bottom">
        <p>
          Meridian {overview?.version} · configuration <code>{overview?.configVersion ?? "…"}</code>
        </p>
        <p>
          <a href="/metrics">/metrics</a> <a href="/status">/status</a>
        </p>
      </footer>
    </>
  );
}
