/** The user nobody, and mounts that only the program started with them sees. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from '../hosts.ts';
import { mainFile, type Command } from './programs.ts';

export interface Nobody {
  /** An empty folder to mount something at. */
  readonly mountPoint: string;
  /** Writes a file that everybody may read, and says where it is. */
  readonly write: (name: string, text: string) => string;
  /** Our program, with no capability but those of this nobody; after these shell commands in a mount namespace of its own. */
  readonly exporter: (args: readonly string[], ...mounts: readonly string[]) => Command;
  /** Any other program, likewise. */
  readonly command: (command: Command) => Command;
  readonly remove: () => void;
}

/** In a mount namespace of its own after these shell commands. */
export const withMounts = (commands: readonly string[], command: Command): Command => [
  ...(['unshare', '-m', 'sh', '-e', '-c', [...commands, 'exec "$@"'].join('\n'), 'sh'] as const),
  ...command,
];

export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * Where a home of root that nobody may enter holds program and runtime, too.
 *
 * @param capabilities that nobody has after all, as `sys_ptrace`; without them none
 */
export const createNobody = (capabilities: readonly string[] = []): Nobody => {
  const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  chmodSync(folder, 0o755);
  for (const name of ['repository', 'proc']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'node'), '');

  const set = ['-all', ...capabilities.map(name => `+${name}`)].join(',');
  const command: Nobody['command'] = each => [
    'setpriv',
    ...['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'],
    ...[`--inh-caps=${set}`, `--ambient-caps=${set}`, `--bounding-set=${set}`],
    ...each,
  ];
  return {
    mountPoint: join(folder, 'proc'),
    write(name, text) {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    },
    command,
    exporter: (args, ...mounts) =>
      withMounts(
        [
          `mount --bind ${quoted(root)} ${quoted(join(folder, 'repository'))}`,
          `mount --bind ${quoted(process.execPath)} ${quoted(join(folder, 'node'))}`,
          ...mounts,
        ],
        command([join(folder, 'node'), join(folder, 'repository', relative(root, mainFile)), ...args]),
      ),
    remove() {
      rmSync(folder, { recursive: true });
    },
  };
};
