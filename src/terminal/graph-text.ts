/** A workflow as a tree for the terminal: from where files are put to what comes out. */
import { filterText, folderUri } from '../workflow/draw.ts';
import { entrySteps } from '../workflow/links.ts';
import type { Folder, Step, Workflow } from '../workflow/model.ts';
import type { Style } from './style.ts';

/** Draws within `width` columns; what does not fit is shortened in its middle. */
export function graphText(workflow: Workflow, style: Style, width: number): string {
  const tree = new Tree(workflow, style, Math.max(40, width));
  return [style('bold', workflow.name), ...tree.lines()].join('\n');
}

class Tree {
  readonly #workflow: Workflow;
  readonly #style: Style;
  readonly #width: number;
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #drawn = new Set<string>();

  constructor(workflow: Workflow, style: Style, width: number) {
    this.#workflow = workflow;
    this.#style = style;
    this.#width = width;
    this.#steps = new Map(workflow.steps.map((step) => [step.id, step]));
  }

  lines(): readonly string[] {
    const { steps, links } = this.#workflow;
    const entries = entrySteps(steps, links);
    const roots = [...entries, ...steps.filter(({ inputs }) => inputs.length === 0)];
    const drawn = roots.flatMap((step) => this.#root(step));
    // What only a circle leads to has no entry to be drawn from.
    const rest = steps.filter(({ id }) => !this.#drawn.has(id));
    return [...drawn, ...rest.flatMap((step) => (this.#drawn.has(step.id) ? [] : this.#root(step)))];
  }

  #root(step: Step): readonly string[] {
    const inputs = step.inputs.map((folder) => this.#style('cyan', this.#fit(folderUri(folder), 0)));
    return inputs.length > 0 ? [...inputs, ...this.#step(step, '', true)] : this.#step(step, '', true);
  }

  #step(step: Step, indent: string, isLast: boolean): readonly string[] {
    const branch = `${indent}${isLast ? '└─▶ ' : '├─▶ '}`;
    const below = `${indent}${isLast ? '    ' : '│   '}`;
    const known = this.#drawn.has(step.id);
    const title = `${branch}${this.#style('bold', step.id)}  ${this.#style('dim', step.where)}`;
    if (known) return [`${title} ${this.#style('dim', '(see above)')}`];
    this.#drawn.add(step.id);
    const more = step.outputs.length > 0 ? '│' : ' ';
    const image = step.image
      ? [`${below}${more} ${this.#style('dim', this.#fit(step.image, below.length + 2))}`]
      : [];
    const outputs = step.outputs.flatMap((_folder, index) => this.#output(step, index, below));
    return [title, ...image, ...outputs];
  }

  #output(step: Step, index: number, indent: string): readonly string[] {
    const folder = step.outputs[index];
    if (!folder) return [];
    const isLast = index === step.outputs.length - 1;
    const readers = this.#readers(step, index);
    const filter = filterText(folder);
    const notes = [filter && `(${filter})`, readers.length === 0 && 'final'].filter(Boolean).join(' ');
    const line = this.#folderLine(folder, `${indent}${isLast ? '└── ' : '├── '}`, notes);
    const below = `${indent}${isLast ? '    ' : '│   '}`;
    return [line, ...readers.flatMap((reader, at) => this.#step(reader, below, at === readers.length - 1))];
  }

  #folderLine(folder: Folder, branch: string, notes: string): string {
    const taken = branch.length + (notes ? notes.length + 1 : 0);
    const uri = this.#style('cyan', this.#fit(folderUri(folder), taken));
    return `${branch}${uri}${notes ? ` ${this.#style('dim', notes)}` : ''}`;
  }

  #readers(step: Step, output: number): readonly Step[] {
    const { links } = this.#workflow;
    const ids = links.filter((link) => link.from === step.id && link.output === output).map(({ to }) => to);
    return [...new Set(ids)].flatMap((id) => this.#steps.get(id) ?? []);
  }

  #fit(text: string, taken: number): string {
    const room = Math.max(12, this.#width - taken);
    if (text.length <= room) return text;
    const front = Math.ceil((room - 1) / 2);
    return `${text.slice(0, front)}…${text.slice(text.length - (room - 1 - front))}`;
  }
}
