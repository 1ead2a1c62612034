/**
 * What lives under which name: a name may be given to another interface, and the number of a network namespace to another namespace, and
 * the counters of those begin anew.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** By name, a number that no other life under this name has. What has just begun or is about to end is not told. */
export type Lives = ReadonlyMap<string, number>;

const INTERFACES = '/sys/class/net';
const CHUNK_BYTES = 65_536;

/** By the kernel's index, which is not given again until all others were. */
export const interfaceLives = (): Lives => {
  const lives = new Map<string, number>();
  for (const name of readdirSync(INTERFACES)) {
    try {
      lives.set(name, Number(readFileSync(join(INTERFACES, name, 'ifindex'), 'utf8')));
    } catch {
      // It has ended.
    }
  }
  return lives;
};

/** As churn.py tells them: `began NAME` once it is there, `ends NAME` before it goes. */
export const namespaceLives = (file: string): { readonly now: () => Lives; readonly close: () => void } => {
  const descriptor = openSync(file, 'r');
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const lives = new Map<string, number>();
  let told = 0;
  let rest = '';
  return {
    now() {
      for (let length = -1; length !== 0;) {
        length = readSync(descriptor, buffer, 0, buffer.length, null);
        const lines = (rest + buffer.toString('latin1', 0, length)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const [word, name = ''] = line.split(' ');
          if (word === 'began') lives.set(name, ++told);
          else lives.delete(name);
        }
      }
      return new Map(lives);
    },
    close() {
      closeSync(descriptor);
    },
  };
};
