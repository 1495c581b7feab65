/** Answers for all who ask the same. */

/** Asks, or gives the answer to the same question that was asked before. */
export type Memory = <T>(question: string, ask: () => Promise<T>) => Promise<T>;

/** Remembers answers, also those that are still to come; what failed is asked for again. */
export function openMemory(): Memory {
  const answers = new Map<string, Promise<unknown>>();
  return <T>(question: string, ask: () => Promise<T>) => {
    const known = answers.get(question) as Promise<T> | undefined;
    if (known) return known;
    const answer = ask();
    answers.set(question, answer);
    answer.catch(() => answers.delete(question));
    return answer;
  };
}
