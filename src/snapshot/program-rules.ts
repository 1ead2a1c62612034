/** What the user calls programs: rules over what the kernel tells of a process. */
import type { ProcessDescription } from '../procfs/program.ts';

/**
 * What a process is called that matches all the expressions that are not empty. The keys are those of the configuration,
 * which holds the expressions to be compilable with the `u` flag.
 */
export interface ProgramRule {
  readonly program: string;
  readonly comm: string;
  readonly executable: string;
  readonly command_line: string;
  readonly user: string;
  readonly unit: string;
}

/** What a process can be told by; where there are several, an expression must match the whole of any. */
type Trait = Exclude<keyof ProgramRule, 'program'>;

const traits: readonly Trait[] = ['comm', 'executable', 'command_line', 'user', 'unit'];

/** @returns the name of a process by the first rule that fits; undefined where none does. */
export const programRules = (
  rules: readonly ProgramRule[],
  userName: (uid: number) => string,
): ((process: ProcessDescription) => string | undefined) => {
  if (rules.length === 0) return () => undefined;
  const compiled = rules.map(rule => ({
    program: rule.program,
    tests: traits
      .filter(trait => rule[trait] !== '')
      .map(trait => ({ trait, expression: whole(rule[trait]) })),
  }));
  return ({ comm, executable, commandLine, uid, cgroups }) => {
    const told: Readonly<Record<Trait, readonly string[]>> = {
      comm: [comm],
      executable: [executable],
      command_line: [commandLine.join(' ').trimEnd()],
      user: uid === undefined ? [] : [userName(uid), String(uid)],
      unit: unitsOf(cgroups),
    };
    return compiled.find(({ tests }) =>
      tests.every(({ trait, expression }) => told[trait].some(text => expression.test(text))),
    )?.program;
  };
};

/** A dot matches every character: words of a command line may hold line ends. */
const whole = (expression: string): RegExp => new RegExp(`^(?:${expression})$`, 'su');

/** Container runtimes name containers by 64 hexadecimal digits, and put words before and behind them. */
const containerId = /(?<![\da-f])[\da-f]{64}(?![\da-f])/;
/** systemd writes a character of a unit's name so where a path, or a hyphen in it, would mean another thing. */
const escaped = /\\x([0-7][\da-f])/g;

/**
 * Every part of every path, so that slices, services, scopes and pods can be chosen alike; of a part that holds a container's id
 * also the id alone, and of a part that systemd has escaped also what it stands for:
 * `0::/system.slice/docker-0123….scope` -> `system.slice`, `docker-0123….scope`, `0123…`.
 */
const unitsOf = (cgroups: string): readonly string[] => [
  ...new Set(
    cgroups.split('\n').flatMap(line =>
      line
        .replace(/ \(deleted\)$/, '')
        .split('/')
        .slice(1)
        .filter(part => part !== '' && part !== '..')
        .flatMap(part => [part, unescaped(part), ...(containerId.exec(part) ?? [])]),
    ),
  ),
];

const unescaped = (part: string): string =>
  part.replace(escaped, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
