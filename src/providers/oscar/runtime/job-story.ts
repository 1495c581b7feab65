/** What the log of a job tells of its files and its end. Pure. */
import { supervisorLine, type ToldInput, type ToldObject, toldBy } from './supervisor-line.ts';

export interface WrittenObject extends ToldObject {
  /** As the service names it, such as `minio.default`. */
  readonly store: string | undefined;
}

export interface JobStory {
  readonly input?: ToldInput;
  readonly outputs: readonly WrittenObject[];
  /** Whether it says which files were written: a log level above INFO hides that. */
  readonly tellsOutputs: boolean;
  /** The last error of the supervisor. */
  readonly error?: string;
}

export const NO_STORY: JobStory = { outputs: [], tellsOutputs: false };

/** Takes the lines in their order; `story` answers what they told so far. */
export function openStory(): { add(text: string): void; story(): JobStory } {
  const outputs: WrittenObject[] = [];
  let tellsOutputs = false;
  let store: string | undefined;
  let input: ToldInput | undefined;
  let error: string | undefined;
  const add = (text: string) => {
    const line = supervisorLine(text);
    if (line?.level === 'ERROR' || line?.level === 'CRITICAL') error = line.message.trim() || error;
    // A script may print what looks like the supervisor's INFO, but its lines come as DEBUG or after the end.
    const told = line?.level === 'INFO' ? toldBy(line.message.trimEnd()) : undefined;
    if (told?.kind === 'input') input = { ...input, ...told.input };
    if (told?.kind === 'store') store = told.store;
    if (told?.kind === 'output') outputs.push({ ...told.output, store });
    tellsOutputs ||= told?.kind === 'outputs' || told?.kind === 'output';
  };
  return {
    add,
    story: () => ({
      outputs,
      tellsOutputs,
      ...(input && { input }),
      ...(error !== undefined && { error }),
    }),
  };
}
