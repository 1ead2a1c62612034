/** What a live test needs of the machine it runs on. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** One file of live tests gets by with a third of this; the rest is for machines that are slow or busy. */
const TIMEOUT_MILLISECONDS = 120_000;

/** For the options of `describe` and `test`: empty, or the reason to skip. In CI nothing is ever skipped, so there it throws. */
export const needs = ({
  root = false,
  tools = [],
}: {
  /** Root that may also make namespaces, which root in a container mostly may not. */
  readonly root?: boolean;
  readonly tools?: readonly string[];
}): { readonly skip?: string; readonly timeout: number } => {
  const missing = [
    ...(root && process.getuid?.() !== 0 ? ['to be root'] : []),
    ...tools.filter(tool => !isInstalled(tool)),
  ];
  if (root && missing.length === 0 && !mayMakeNamespaces()) missing.push('the right to make namespaces');
  const timeout = TIMEOUT_MILLISECONDS;
  if (missing.length === 0) return { timeout };

  const reason = `needs ${missing.join(', ')}`;
  if ((process.env['CI'] ?? '') !== '') throw new Error(`${reason}, and nothing is skipped in CI`);
  return { skip: reason, timeout };
};

const isInstalled = (tool: string): boolean =>
  // Where the tools of root are does not always stand in the path of other users.
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].some(folder => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const mayMakeNamespaces = (): boolean => spawnSync('unshare', ['-n', '-m', 'true']).status === 0;
