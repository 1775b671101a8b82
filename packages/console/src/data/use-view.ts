import { useEffect, useState } from "preact/hooks";

/** The views of the page. */
export type View = "overview" | "playground";

/** The view that the address names, as in `#/playground`; else the overview. */
export function useView(): View {
  const [view, setView] = useState(() => viewOf("overview"));
  useEffect(() => {
    const follow = () => setView(viewOf);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return view;
}

/** An address within the page, such as `#main`, leaves the view as it is. */
function viewOf(before: View): View {
  if (location.hash !== "" && !location.hash.startsWith("#/")) return before;
  return location.hash === "#/playground" ? "playground" : "overview";
}
