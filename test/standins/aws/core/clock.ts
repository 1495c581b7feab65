/** Time as states on their way know it, in milliseconds since 1970. While it is held, none of them ends, however slow a test is. */
export interface Clock {
  now(): number;
  /** Stops the time, or lets it go on from what it is by then. */
  hold(held: boolean): void;
}

export function openClock(): Clock {
  let heldAt: number | undefined;
  return {
    now: () => heldAt ?? Date.now(),
    hold: (held) => {
      heldAt = held ? (heldAt ?? Date.now()) : undefined;
    },
  };
}
