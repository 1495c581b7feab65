/** Text that becomes HTML or SVG: everything that is put into it is escaped, unless it is such text already. */

/** Text of HTML, made by `html`. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Html | readonly Html[] | undefined;

/** HTML with values in it, in text or in attributes with quotes. Lists are joined; what is not there is left out. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, index) => part + textOf(values[index])).join(''));
}

function textOf(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  return typeof value === 'object' ? value.map(({ text }) => text).join('') : escaped(String(value));
}

const CODES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that HTML does not have, such as those that control terminals, are shown as one that stands for them. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (found) => CODES[found] ?? '')
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}]/gu, '\ufffd');
}
