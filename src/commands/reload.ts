/** What another configuration changes while the server runs, and what it cannot. */
import { ConfigError } from '../config-file.ts';
import type { Config } from '../config.ts';

/** Sockets are opened once, and what is remembered is of one host. */
export const keysOfStart = [
  'web.listen_addresses',
  'web.systemd_socket',
  'web.config_file',
  'paths.procfs',
  'paths.sysfs',
  'paths.rootfs',
  'namespaces.mode',
] as const;

/** Throws a ConfigError that names each key which takes a restart. */
export const refuseRestart = (now: Config, next: Config): void => {
  const changed = keysOfStart.filter(key => JSON.stringify(at(now, key)) !== JSON.stringify(at(next, key)));
  if (changed.length === 0) return;
  throw new ConfigError(changed.map(key => `${key}: another value takes a restart`));
};

const at = (config: Config, key: (typeof keysOfStart)[number]): unknown =>
  key.split('.').reduce<unknown>((section, step) => new Map(Object.entries(section ?? {})).get(step), config);
