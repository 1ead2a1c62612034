/** A procfs with processes in network namespaces, made of plain folders and links. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export interface MadeProcess {
  readonly pid: number;
  /** The inode of its network namespace; undefined where it has none any more, as a zombie. */
  readonly namespace: number | undefined;
  readonly cgroup?: string;
  /** Below its folder: `net/tcp`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Sockets that it holds. */
  readonly inodes?: readonly number[];
}

export interface MadeProcfs {
  readonly procfs: string;
  readonly start: (process: MadeProcess) => void;
  readonly end: (pid: number) => void;
  /** Lets a process enter another namespace. */
  readonly move: (pid: number, namespace: number) => void;
}

export const makeProcfs = (t: TestContext, processes: readonly MadeProcess[]): MadeProcfs => {
  const procfs = mkdtempSync(join(tmpdir(), 'netstat-namespaces-'));
  t.after(() => {
    rmSync(procfs, { recursive: true });
  });
  const linkOf = (pid: number): string => join(procfs, String(pid), 'ns', 'net');
  const enter = (pid: number, namespace: number): void => {
    rmSync(linkOf(pid), { force: true });
    symlinkSync(`net:[${namespace}]`, linkOf(pid));
  };

  const start = ({ pid, namespace, cgroup, files = {}, inodes = [] }: MadeProcess): void => {
    const folder = join(procfs, String(pid));
    for (const name of ['ns', 'fd', 'net']) mkdirSync(join(folder, name), { recursive: true });
    if (namespace !== undefined) enter(pid, namespace);
    if (cgroup !== undefined) writeFileSync(join(folder, 'cgroup'), cgroup);
    writeFileSync(
      join(folder, 'stat'),
      `${pid} (p${pid}) S 1 ${'0 '.repeat(15)}1 0 ${pid} ${'0 '.repeat(29)}0\n`,
    );
    writeFileSync(join(folder, 'comm'), `p${pid}\n`);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    inodes.forEach((inode, i) => {
      symlinkSync(`socket:[${inode}]`, join(folder, 'fd', String(i + 3)));
    });
  };

  for (const process of processes) start(process);
  return {
    procfs,
    start,
    end(pid) {
      rmSync(join(procfs, String(pid)), { recursive: true });
    },
    move: enter,
  };
};
