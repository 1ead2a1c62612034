/**
 * The log: one event a line, as logfmt or JSON, in the manner of the Prometheus family.
 * `write` receives whole lines. What comes from outside (process names, paths, peers) is escaped,
 * so that nobody can forge a line or steer a terminal.
 */
export function createLog(level: LogLevel, format: 'logfmt' | 'json', write: (line: string) => void): Log {
  const render = format === 'json' ? escaped : asLogfmt;
  const at =
    (each: LogLevel) =>
    (msg: string, fields: LogFields = {}): void => {
      if (levels.indexOf(each) < levels.indexOf(level)) return;
      write(`${render({ ts: new Date().toISOString(), level: each, msg, ...fields })}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const levels = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof levels)[number];

/** A field that is undefined is left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Log = Readonly<Record<LogLevel, (msg: string, fields?: LogFields) => void>>;

function asLogfmt(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${bare.test(String(value)) ? String(value) : escaped(String(value))}`)
    .join(' ');
}

/** Printable ASCII without space, quotation mark, equals sign and backslash needs no quotes. */
const bare = /^[!#-<>-[\]-~]+$/;

/** JSON.stringify escapes ASCII's control characters, but not the others: C1 codes, bidirectional marks, line separators. */
function escaped(value: string | LogFields): string {
  return JSON.stringify(value).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, character =>
    Array.from(
      { length: character.length },
      (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
