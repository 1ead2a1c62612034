/** What `npm run bench -- ...` was asked for. */
import { parseArgs } from 'node:util';

export const sceneNames = ['idle', 'sockets', 'many', 'owners', 'rendering'] as const;
export type SceneName = (typeof sceneNames)[number];

export interface Options {
  readonly scenes: readonly SceneName[];
  readonly sockets: number;
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly pauseSeconds: number;
  readonly jsonFile: string | undefined;
}

export const usage = `usage: npm run bench -- [FLAG...]

  --scene=idle|sockets|many|owners|rendering
                        Measure only this scene; may be given again. (default: all)
  --sockets=N           TCP sockets in the scenes "sockets" and "owners"; "many" has five times as many. (default: 100000)
  --rounds=N            Rounds that count; half as many in "owners", which scrapes twice in each, and a quarter in "many".
                        (default: 40)
  --warm-up=N           Scrapes of each server before those, not counted. (default: 20)
  --pause=SECONDS       Between rounds, so that nothing stays hot. (default: 0.2)
  --json=FILE           Write all numbers there.
  --help                Print this text.
`;

/** A fifth of what sockets.py accepts. */
const SOCKETS_LIMIT = 400_000;
/** A tenth as many are opened too, and ten processes hold them; sockets.py opens no fewer than 4, in one process. */
const SOCKETS_LEAST = 40;
const ROUNDS_LIMIT = 1000;
const PAUSE_SECONDS_LIMIT = 5;

/** What is wrong with the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Undefined when help was asked for. */
export const parseOptions = (argv: readonly string[]): Options | undefined => {
  const values = readFlags(argv);
  if (values.help) return undefined;
  return {
    scenes:
      values.scene.length === 0 ? sceneNames : sceneNames.filter(name => scenesIn(values).includes(name)),
    sockets: whole('sockets', values.sockets, SOCKETS_LEAST, SOCKETS_LIMIT),
    rounds: whole('rounds', values.rounds, 1, ROUNDS_LIMIT),
    warmUpRounds: whole('warm-up', values['warm-up'], 1, ROUNDS_LIMIT),
    pauseSeconds: between('pause', Number(values.pause), 0, PAUSE_SECONDS_LIMIT),
    jsonFile: values.json,
  };
};

const readFlags = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        scene: { type: 'string', multiple: true, default: [] },
        sockets: { type: 'string', default: '100000' },
        rounds: { type: 'string', default: '40' },
        'warm-up': { type: 'string', default: '20' },
        pause: { type: 'string', default: '0.2' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

const scenesIn = ({ scene }: { readonly scene: readonly string[] }): readonly SceneName[] =>
  scene.map(name => {
    const known = sceneNames.find(each => each === name);
    if (known === undefined) throw new UsageError(`--scene=${name}: expected ${sceneNames.join(' or ')}`);
    return known;
  });

const whole = (flag: string, text: string, least: number, most: number): number => {
  if (!/^\d+$/.test(text)) throw new UsageError(`--${flag}=${text}: expected a whole number`);
  return between(flag, Number(text), least, most);
};

const between = (flag: string, value: number, least: number, most: number): number => {
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${flag}: expected a number from ${least} to ${most}`);
};
