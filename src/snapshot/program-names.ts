/** What the holders of sockets are called, and how many descriptors each may have: read once in a while, kept in between. */
import { programName } from '../collectors/program-name.ts';
import type { Process } from '../procfs/owners.ts';
import { descriptorLimit, describeProcess } from '../procfs/program.ts';
import { programRules, type ProgramRule } from './program-rules.ts';

/** A process may run another program, rename itself or be given another limit: it is looked at again after so many readings. */
const KEPT_READINGS = 8;

export interface ProgramNames {
  readonly begin: () => void;
  /**
   * Undefined where the time ran out before the process was ever looked at.
   * @param until of `performance.now()`
   */
  readonly nameOf: (process: Process, until: number) => string | undefined;
  /** The word that its command line began with when it was last named; undefined of a process that never was. */
  readonly commandOf: (process: Process) => string | undefined;
  /** Undefined where there is none, or it cannot be read. */
  readonly descriptorLimitOf: (process: Process) => number | undefined;
}

interface Known {
  readonly name: string;
  readonly command: string;
  readonly readIn: number;
}

export const createProgramNames = (
  rules: readonly ProgramRule[],
  userName: (uid: number) => string,
): ProgramNames => {
  const ruleName = programRules(rules, userName);
  const names = new WeakMap<Process, Known>();
  const limits = new WeakMap<Process, { readonly limit: number | undefined; readonly readIn: number }>();
  let reading = 0;

  return {
    begin() {
      reading++;
    },
    nameOf(process, until) {
      const known = names.get(process);
      if (known !== undefined && reading - known.readIn < KEPT_READINGS) return known.name;
      if (performance.now() > until) return known?.name;
      const description = describeProcess(process.folder);
      const name = ruleName(description) ?? programName(description);
      // Processes that were met in one reading shall not all be looked at again in one.
      const readIn = known === undefined ? reading - (process.pid % KEPT_READINGS) : reading;
      names.set(process, { name, command: description.commandLine[0] ?? '', readIn });
      return name;
    },
    commandOf: process => names.get(process)?.command,
    descriptorLimitOf(process) {
      const known = limits.get(process);
      if (known !== undefined && reading - known.readIn < KEPT_READINGS) return known.limit;
      const limit = descriptorLimit(process.folder);
      limits.set(process, { limit, readIn: reading });
      return limit;
    },
  };
};
