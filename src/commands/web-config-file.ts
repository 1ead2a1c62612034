/** The web configuration in effect: read again whenever its file, or one that it names, is another than it was. */
import { readFileSync, statSync } from 'node:fs';
import { ConfigError, configLimitBytes } from '../config-file.ts';
import { openWebConfig, parseWebConfig, type WebConfig } from '../faces/web-config.ts';

export interface WebConfigFile {
  /** Looks whether a file has changed; what cannot be read leaves in effect what was. */
  readonly current: () => WebConfig;
  /** Reads the files whether they have changed or not; what it gives puts them into effect. Throws a ConfigError. */
  readonly prepare: () => () => void;
}

/**
 * Throws a ConfigError.
 * @param changed told after every change of the files that `current` met, with what is wrong with them
 */
export const followWebConfig = (
  file: string,
  changed: (error: ConfigError | undefined) => void,
): WebConfigFile => {
  if (file === '') return { current: () => openWebConfig, prepare: () => () => undefined };

  /** The files that were read last, or could not be, each as it was before that. */
  let seen = new Map<string, string>();

  const load = (): WebConfig => {
    const met = new Map<string, string>();
    seen = met;
    const read = (name: string): string => {
      met.set(name, fingerprint(name));
      return readText(name);
    };
    return parseWebConfig({ file, text: read(file) }, read);
  };

  let current = load();

  const prepare = (): (() => void) => {
    const next = load();
    if ((next.tls === undefined) !== (current.tls === undefined)) {
      const now = current.tls === undefined ? 'without TLS' : 'over TLS';
      throw new ConfigError([
        `${file}: tls_server_config: this serves ${now}, another choice takes a restart`,
      ]);
    }
    return () => {
      current = next;
    };
  };

  return {
    current() {
      if ([...seen].every(([name, before]) => fingerprint(name) === before)) return current;
      try {
        prepare()();
        changed(undefined);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        changed(error);
      }
      return current;
    },
    prepare,
  };
};

/** Follows links, since Kubernetes changes where they lead and not what is there. */
const fingerprint = (name: string): string => {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(name, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return 'not there';
  }
};

const readText = (name: string): string => {
  try {
    if (statSync(name).size > configLimitBytes) throw new Error(`larger than ${configLimitBytes} bytes`);
    return readFileSync(name, 'utf8');
  } catch (error) {
    throw new ConfigError([`${name}: ${error instanceof Error ? error.message : String(error)}`]);
  }
};
