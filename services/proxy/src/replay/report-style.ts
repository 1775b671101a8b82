/** How the page of a report looks: light and dark, on a phone and on paper. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #101318);
  --card: light-dark(#ffffff, #181c23);
  --line: light-dark(#e1e5ea, #2a303a);
  --ink: light-dark(#161a20, #e8ebf0);
  --quiet: light-dark(#56606e, #9aa5b4);
  --before: light-dark(#8896a8, #77859a);
  --after: light-dark(#0f766e, #2dd4bf);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
.brand { margin: 0; color: var(--quiet); font-size: .8rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: .25rem 0 1rem; font-size: clamp(1.4rem, 4vw, 2rem); line-height: 1.2; text-wrap: balance; }
h2 { margin: 0 0 .5rem; font-size: 1.05rem; }
.facts { margin: 0 0 2rem; padding: 0; list-style: none; color: var(--quiet); }
figure, section { margin: 0 0 1.25rem; padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
figcaption { margin-bottom: 1rem; font-weight: 600; }
svg { display: block; width: 100%; max-width: 600px; height: auto; font: 14px system-ui, sans-serif; }
svg text { fill: var(--ink); }
svg .value { font-size: 13px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
rect.before { fill: var(--before); }
rect.after { fill: var(--after); }
.key { margin-left: .75rem; color: var(--quiet); font-size: .85rem; font-weight: 400; white-space: nowrap; }
.key::before { content: ""; display: inline-block; width: .75em; height: .75em; margin-right: .4em; border-radius: 3px; background: var(--before); }
.key.after::before { background: var(--after); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left; font-weight: 400; }
thead th { color: var(--quiet); font-size: .82rem; }
tbody tr:last-child > * { border-bottom: 0; }
.number { padding-right: 0; padding-left: .75rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.note { margin: .75rem 0 0; color: var(--quiet); font-size: .85rem; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); gap: 1.25rem; align-items: start; }
.tables section { min-width: 0; margin: 0; }
.tables section:not(.narrow) { grid-column: 1 / -1; }
@media (max-width: 480px) { figure, section { padding: 1rem; } }
@media print { body { background: none; } figure, section { break-inside: avoid; } }
`;
