/** How a page looks. Colours of marks have a contrast of 3:1 at least, and those of text 4.5:1, on both grounds (WCAG 2.2, 1.4.3 and 1.4.11). */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1b1e24; --dim: #5c6470; --line: #d5d9e0; --good: #2475c9; --bad: #cf3a12;
  --open: #7a818c; --box: #2475c955; --card: #f5f6f8; font: 16px/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171c; --text: #e6e8ec; --dim: #a2a9b4; --line: #3a404a; --good: #5ba4ee;
  --bad: #ff7a55; --open: #9aa1ac; --box: #5ba4ee55; --card: #1d2128; } }
body { margin: 0; background: var(--ground); color: var(--text); }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0; }
p, code { overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
.dim { color: var(--dim); }
.wide { overflow-x: auto; }
.wide svg { display: block; height: auto; max-width: 100%; min-width: 44rem; }
.wide svg[viewBox]:has(.step) { min-width: 0; max-width: none; }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0; }
.facts dt { color: var(--dim); font-size: .85rem; }
.facts dd { margin: 0; font-size: 1.1rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--dim); padding: .25rem 0; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: normal; white-space: nowrap; }
td code { overflow-wrap: normal; }
thead th { color: var(--dim); }
pre { background: var(--card); padding: .75rem; margin: .5rem 0; }
.failure { border-left: 3px solid var(--bad); padding-left: 1rem; margin: 1.25rem 0; }
.failure p { margin: .25rem 0; }
rect.step { fill: var(--card); stroke: var(--good); stroke-width: 1.5; }
rect.folder, rect.final { fill: none; stroke: var(--dim); }
.arrow { fill: none; stroke: var(--dim); }
@media print { details:not([open]) > :not(summary) { display: block; } }
`;
