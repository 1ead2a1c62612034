/**
 * The configuration: YAML text -> plain data, with a default for every key.
 * Whatever is wrong is reported at once, each with the place where it was written: the line and column in the
 * file, or the flag. Keys are spelled as in the file, so the schema is the type and needs no mapping.
 */
import { isAlias, isMap, isNode, isSeq, Lexer, LineCounter, parseDocument, Parser, stringify } from 'yaml';
import * as z from 'zod';
import { nearest } from './nearest.ts';
import { UsageError } from './usage.ts';

/** Overrides win over the file; a file that is bad where a flag overrides it is still refused. */
export function parseConfig(
  source: ConfigFile | undefined,
  collectors: readonly CollectorDefault[],
  overrides: readonly Override[] = [],
): Config {
  const schema = schemaFor(collectors);
  const { tree, problems, locate } = readYaml(source ?? { file: '', text: '' });
  const flags = overrides.reduce(withOverride, {});
  refuse([
    ...problems,
    ...problemsOf(schema, tree).map(locate),
    ...problemsOf(schema, flags).map(problem => blame(problem, overrides)),
  ]);
  return schema.parse(overrides.reduce(withOverride, tree));
}

export type Config = z.infer<ReturnType<typeof schemaFor>>;

/** The text of a configuration file; `file` is its name in messages. */
export interface ConfigFile {
  readonly file: string;
  readonly text: string;
}

/** A collector that exists, and whether it runs when nobody says otherwise. */
export interface CollectorDefault {
  readonly name: string;
  readonly enabled: boolean;
  /** Whether it can be read over netlink as well. */
  readonly hasReaders?: boolean;
  /** Whether it can be asked for less or more than its file tells. */
  readonly hasExtents?: boolean;
}

/** A setting from the command line. `given` is how it was written there: one text, or one for each element of a list. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly given: readonly string[];
}

export class ConfigError extends UsageError {
  override readonly name = 'ConfigError';
  readonly messages: readonly string[];

  constructor(messages: readonly string[]) {
    super(messages.join('\n'));
    this.messages = messages;
  }
}

/** The effective configuration, as a file that would give the same. */
export function asYaml(config: Config): string {
  return stringify(config);
}

/** ":9100", "host:9100" and "[::1]:9100" -> where to listen; without a host on all addresses. */
export function listenAddress(text: string): { readonly host?: string; readonly port: number } | undefined {
  const [, v6, host, digits] = /^(?:\[([^\]]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65535) return undefined;
  if (v6 === undefined) return host ? { host, port } : { port };
  // A link-local address carries its interface: fe80::1%eth0.
  return z.ipv6().safeParse(v6.replace(/%[\w.-]+$/, '')).success ? { host: v6, port } : undefined;
}

/** A configuration is a page of text. What is a thousand times that is some other file. */
export const configLimitBytes = 1024 * 1024;

/** A valid file needs four. */
const deepestNesting = 100;

/** A screenful; the rest is counted. */
const shownProblems = 20;

function schemaFor(collectors: readonly CollectorDefault[]) {
  return section({
    web: section({
      listen_addresses: z
        .array(anAddress(), 'expected a list')
        .min(1, 'expected at least one address')
        .readonly()
        .default([':10055']),
      telemetry_path: aPath().default('/metrics'),
      max_requests: whole(0, 1_000_000).default(40),
      disable_exporter_metrics: yes(false),
      enable_tables: yes(false),
      scrape_timeout_seconds: number(
        'expected seconds, more than 0 and at most 300',
        n => n > 0 && n <= 300,
      ).default(10),
      scrape_timeout_offset_seconds: number('expected seconds, 0 or more', n => n >= 0).default(0.5),
    }),
    paths: section({
      procfs: aFolder().default('/proc'),
      sysfs: aFolder().default('/sys'),
      rootfs: aFolder().default('/'),
    }),
    namespaces: section({
      mode: oneOf('own', 'all').default('own'),
      include: expression(),
      exclude: expression(),
      limit: whole(1, 512).default(64),
      collectors: z.array(aCollector(collectors), 'expected a list').readonly().default([]),
    }),
    log: section({
      level: oneOf('debug', 'info', 'warn', 'error').default('info'),
      format: oneOf('logfmt', 'json').default('logfmt'),
    }),
    collectors: section(
      Object.fromEntries(
        collectors.map(({ name, enabled, hasReaders = false, hasExtents = false }) => [
          name,
          section({
            enabled: yes(enabled),
            ...(hasReaders && { reader: aReader() }),
            ...(hasExtents && { lean: yes(false), info: yes(false) }),
          }).refine(
            each => each.lean !== true || each.info !== true,
            'expected lean or info, as info is of the sockets that lean leaves out',
          ),
        ]),
      ),
    ),
    limits: section({
      device: whole(1, 100_000).default(256),
      message: whole(1, 100_000).default(64),
      counter: whole(1, 100_000).default(256),
      cpu: whole(1, 100_000).default(512),
      group: whole(1, 100_000).default(128),
      address: whole(1, 100_000).default(256),
    }),
    programs: section({
      top: whole(1, 1024).default(64),
      search_seconds: number('expected seconds, 0 to 10', n => n >= 0 && n <= 10).default(1),
      rules: z.array(aRule(), 'expected a list').readonly().default([]),
    }),
    ports: section({ top: whole(1, 1024).default(64) }),
    users: section({ top: whole(1, 1024).default(64) }),
    devices: section({ include: expression(), exclude: expression() }),
    statistics: section({
      tier: oneOf('minimal', 'default', 'all').default('default'),
      include: expression(),
      exclude: expression(),
    }),
  });
}

/** A map with these keys and no others. A section whose keys are all commented out reads as null, and means defaults. */
function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(value => value ?? {}, z.strictObject(shape, 'expected a map').readonly());
}

function text(sentence: string, holds: (value: string) => boolean) {
  return z.string(sentence).refine(holds, sentence);
}

function number(sentence: string, holds: (value: number) => boolean) {
  return z.number(sentence).refine(holds, sentence);
}

function whole(least: number, most: number) {
  return number(
    `expected a whole number from ${least} to ${most}`,
    n => Number.isInteger(n) && n >= least && n <= most,
  );
}

function yes(byDefault: boolean) {
  return z.boolean('expected true or false').default(byDefault);
}

function oneOf<const Word extends string>(...words: readonly Word[]) {
  return z.enum(words, `expected ${words.slice(0, -1).join(', ')} or ${words.slice(-1).join()}`);
}

function aCollector(collectors: readonly CollectorDefault[]) {
  const names = collectors.map(({ name }) => name);
  return z.string('expected the name of a collector').superRefine((name, context) => {
    if (names.includes(name)) return;
    context.addIssue({ code: 'custom', message: unknownWord('collector', name, names) });
  });
}

function aReader() {
  return oneOf('auto', 'netlink', 'procfs').default('auto');
}

function anAddress() {
  const sentence = 'expected ":port", "host:port" or "[IPv6 address]:port", with a port from 0 to 65535';
  return text(sentence, address => listenAddress(address) !== undefined);
}

/** Clients percent-encode what else a path may hold, and pages of the exporter itself stand below /-/. */
function aPath() {
  const sentence = 'expected a path such as /metrics, of letters, digits and "_.~-", and not below /-/';
  return text(sentence, path => /^(?:\/[\w.~-]+)+$/.test(path) && !path.startsWith('/-/'));
}

/** A rule without an expression would name every process of the host. */
function aRule() {
  const expressions = {
    comm: expression(),
    executable: expression(),
    command_line: expression(),
    user: expression(),
    unit: expression(),
  };
  const keys = Object.keys(expressions) as (keyof typeof expressions)[];
  return section({
    program: text('expected a name of 1 to 64 characters', name => name !== '' && name.length <= 64),
    ...expressions,
  }).refine(
    rule => keys.some(key => rule[key] !== ''),
    `expected an expression for one of ${keys.join(', ')}`,
  );
}

function aFolder() {
  return text('expected the name of a folder', name => name !== '');
}

/**
 * The text of a regular expression; empty means no filter. It is compiled with the `u` flag, here and by who uses it:
 * without it JavaScript reads what it does not know, such as \A or [[:alpha:]], as something else and says nothing.
 */
function expression() {
  return z
    .string('expected a regular expression')
    .superRefine((text, context) => {
      try {
        new RegExp(text, 'u');
      } catch (error) {
        const reason = String(error).replace(/^.*: /s, '');
        context.addIssue({ code: 'custom', message: `not a regular expression: ${reason}` });
      }
    })
    .default('');
}

type Path = readonly PropertyKey[];

/** What is wrong with the value at a path, or with the last key of the path itself. */
interface Problem {
  readonly path: Path;
  readonly sentence: string;
  readonly of: 'key' | 'value';
}

/** A problem with its place. Those of the file come in the order of the file, those of flags after them. */
interface Located {
  readonly offset: number;
  readonly message: string;
}

function refuse(problems: readonly Located[]): void {
  if (problems.length === 0) return;
  const messages = problems.toSorted((a, b) => a.offset - b.offset).map(({ message }) => message);
  const more = messages.length - shownProblems;
  throw new ConfigError(more > 0 ? [...messages.slice(0, shownProblems), `and ${more} more`] : messages);
}

function problemsOf(schema: ReturnType<typeof schemaFor>, tree: unknown): Problem[] {
  const { error } = schema.safeParse(tree);
  if (error === undefined) return [];
  const defaults = schema.parse({});
  return error.issues.flatMap(({ path, message, ...issue }): Problem[] => {
    if (issue.code !== 'unrecognized_keys') return [{ path, sentence: message, of: 'value' }];
    const known = Object.keys(path.reduce<unknown>(child, defaults) ?? {});
    return issue.keys.map(key => ({
      path: [...path, key],
      sentence: unknownKey([...path, key], known),
      of: 'key',
    }));
  });
}

function unknownKey(path: readonly PropertyKey[], known: readonly string[]): string {
  const word = String(path.at(-1));
  const kind =
    path.length === 1 ? 'section' : path.length === 2 && path[0] === 'collectors' ? 'collector' : 'key';
  return unknownWord(kind, word, known);
}

function unknownWord(kind: string, word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return `unknown ${kind} ${JSON.stringify(word)}${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}

function blame({ path, sentence }: Problem, overrides: readonly Override[]): Located {
  const override = overrides.find(each => each.path.every((step, depth) => step === path[depth]));
  const given = override?.given[Number(path[override.path.length] ?? 0)] ?? asText(path);
  return { offset: Infinity, message: `${given}: ${sentence}` };
}

function withOverride(tree: unknown, { path: [step, ...rest], ...override }: Override): unknown {
  if (step === undefined) return override.value;
  // Copied, not changed: two keys of the file may share one map through an alias.
  return {
    ...(isRecord(tree) ? tree : {}),
    [step]: withOverride(child(tree, step), { path: rest, ...override }),
  };
}

function child(tree: unknown, step: PropertyKey): unknown {
  return isRecord(tree) ? tree[step] : undefined;
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}

/** web.listen_addresses[1] */
function asText(path: Path): string {
  return path
    .map(step =>
      typeof step === 'number'
        ? `[${step}]`
        : `.${plainKey.test(String(step)) ? String(step) : JSON.stringify(step)}`,
    )
    .join('')
    .replace(/^\./, '');
}

const plainKey = /^[\w-]+$/;

/** The file as data, and where in the file each piece of it stands. */
function readYaml({ file, text }: ConfigFile) {
  const lines = new LineCounter();
  const at = (offset: number, path: Path, sentence: string): Located => {
    const { line, col } = lines.linePos(offset);
    return { offset, message: `${`${file}:${line}:${col} ${asText(path)}`.trimEnd()}: ${sentence}` };
  };
  lines.addNewLine(0);
  if (Buffer.byteLength(text) > configLimitBytes) {
    refuse([at(0, [], `the file is larger than ${configLimitBytes} bytes`)]);
  }

  // Measured first: the library descends by recursion, and V8 aborts the process when a regular expression is
  // compiled at the end of the stack. A reload must survive any file.
  const parser = new Parser(lines.addNewLine);
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme));
    if (parser.stack.length > deepestNesting) refuse([at(parser.offset, [], 'nested too deep')]);
  }

  // `survey` looks for a key written twice: the library compares every two keys, which takes minutes at the limit.
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
  refuse([...document.errors, ...document.warnings].map(({ pos, message }) => at(pos[0], [], message)));

  const { places, aliases, problems } = survey(document.contents, at);
  const placeOf = (path: Path): Place => places.get(asText(path)) ?? placeOf(path.slice(0, -1));
  let tree: unknown;
  try {
    tree = document.toJS();
  } catch (error) {
    // A short file of aliases to aliases can stand for gigabytes. What `survey` has reported is thrown here too.
    const sentence = error instanceof Error ? error.message : String(error);
    if (problems.length === 0) problems.push(at(aliases[0] ?? 0, [], sentence));
  }
  return {
    tree,
    problems,
    locate: ({ path, sentence, of }: Problem) => at(placeOf(path)[of], path, sentence),
  };
}

/** The offsets of a key and of its value; an element of a list has no key but its own place. */
interface Place {
  readonly key: number;
  readonly value: number;
}

/** One walk over the document, in its order: an anchor is known only after it was met. */
function survey(contents: unknown, at: (offset: number, path: Path, sentence: string) => Located) {
  const places = new Map<string, Place>([['', { key: offsetOf(contents), value: offsetOf(contents) }]]);
  const problems: Located[] = [];
  const anchors = new Set<string>();
  const aliases: number[] = [];
  const visit = (node: unknown, path: Path): void => {
    if (isAlias(node)) {
      const offset = offsetOf(node);
      aliases.push(offset);
      if (!anchors.has(node.source)) problems.push(at(offset, path, `unknown alias "${node.source}"`));
    } else if (isNode(node) && node.anchor !== undefined) {
      anchors.add(node.anchor);
    }
    if (isMap(node)) {
      const written = new Set<string>();
      for (const { key, value } of node.items) {
        const below = [...path, String(key)];
        if (written.has(String(key))) problems.push(at(offsetOf(key), below, 'this key is written twice'));
        written.add(String(key));
        places.set(asText(below), { key: offsetOf(key), value: offsetOf(value) });
        visit(value, below);
      }
    }
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        places.set(asText([...path, index]), { key: offsetOf(item), value: offsetOf(item) });
        visit(item, [...path, index]);
      }
    }
  };
  visit(contents, []);
  return { places, aliases, problems };
}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
