/** What sections of a page are made of. */
import { type Html, html } from './html.ts';

/** A part of the page, with a heading. */
export function section(title: string, ...content: readonly (Html | undefined)[]): Html {
  const id = title.toLowerCase().replace(/\W+/g, '-');
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content.flatMap((each) => each ?? [])}</section>`;
}

/** What may be wider than a screen scrolls by itself, also with the keyboard. */
export function scrolled(label: string, content: Html): Html {
  return html`<div class="wide" role="region" tabindex="0" aria-label="${label}">${content}</div>`;
}

/** What stands in a cell of a table. */
export type Cell = string | number | Html;

/** A table with a caption; the first column names what the others are of. */
export function table(label: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  const line = ([name = '', ...values]: readonly Cell[]) =>
    html`<tr><th scope="row">${name}</th>${values.map((value) => html`<td>${value}</td>`)}</tr>`;
  const columns = head.map((each) => html`<th scope="col">${each}</th>`);
  return scrolled(
    label,
    html`<table><caption>${label}</caption><thead><tr>${columns}</tr></thead><tbody>${rows.map(line)}</tbody></table>`,
  );
}

/** A chart, with its numbers below for whoever cannot see it. */
export function figure(label: string, chart: Html | undefined, numbers: Html): Html {
  return chart === undefined ? numbers : html`<figure>${scrolled(label, chart)}</figure>${numbers}`;
}
