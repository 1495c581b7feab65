/** Finds the processes of a container among those of this machine. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Answers a function that finds the process which all of a container are below: the monitor that podman starts for each,
 * `conmon`, with the name of the container on its command line. Docker's has none; its containers are not found.
 */
export function monitorOf(name: string): () => number | undefined {
  let found: number | undefined;
  return () => {
    // It forks as it starts: the process that was there first goes again.
    if (found === undefined || !isMonitor(found, name))
      found = processes().findLast((pid) => isMonitor(pid, name));
    return found;
  };
}

/** All of this machine, since their numbers begin anew some day; none where there is no `/proc`. */
function processes(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function isMonitor(pid: number, name: string): boolean {
  try {
    const [program = '', ...rest] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return program.endsWith('conmon') && rest.includes(name);
  } catch {
    return false;
  }
}
