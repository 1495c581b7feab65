/** Time as states on their way know it, in milliseconds since 1970. While it is held, none of them ends, however slow a test is. */
export interface Clock {
  now(): number;
  /** Stops the time, or lets it go on from what it is by then. */
  hold(held: boolean): void;
  /** Makes it so many milliseconds later. */
  pass(ms: number): void;
}

export function openClock(): Clock {
  let heldAt: number | undefined;
  let ahead = 0;
  const now = () => heldAt ?? Date.now() + ahead;
  return {
    now,
    hold: (held) => {
      heldAt = held ? now() : undefined;
    },
    pass: (ms) => {
      ahead += ms;
      if (heldAt !== undefined) heldAt += ms;
    },
  };
}
