import { useLayoutEffect, useState } from "preact/hooks";

/** Which colours the page has: those of the system, or always the same. */
export type Theme = "system" | "light" | "dark";

const name = "meridian-theme";
const themes: readonly Theme[] = ["system", "light", "dark"];

/** The theme, and what takes the next one. It is kept for the next visit. */
export function useTheme(): readonly [theme: Theme, takeNext: () => void] {
  const [theme, setTheme] = useState(kept);
  useLayoutEffect(() => {
    document.documentElement.dataset["theme"] = theme;
    localStorage.setItem(name, theme);
  }, [theme]);
  return [theme, () => setTheme((before) => themes[(themes.indexOf(before) + 1) % themes.length] ?? "system")];
}

function kept(): Theme {
  const value = localStorage.getItem(name);
  return themes.find((theme) => theme === value) ?? "system";
}
