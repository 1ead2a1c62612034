/**
 * The file of a configuration: YAML text -> data that fits a schema, every problem with the line and column where it was
 * written, or the flag. The only place that knows yaml.
 */
import { isAlias, isMap, isNode, isSeq, Lexer, LineCounter, parseDocument, Parser, stringify } from 'yaml';
import {
  child,
  isRecord,
  problemsOf,
  type Infer,
  type KindOf,
  type Path,
  type Problem,
  type Schema,
} from './schema.ts';
import { UsageError } from './usage.ts';

/** Overrides win over the file; a file that is bad where a flag overrides it is still refused. */
export function readConfigFile<S extends Schema>(
  schema: S,
  source: ConfigFile,
  kindOf: KindOf,
  overrides: readonly Override[] = [],
): {
  readonly data: Infer<S>;
  /** Throws a ConfigError where there are any. */
  readonly refuse: (problems: readonly Problem[]) => void;
} {
  const { tree, problems, locate } = readYaml(source);
  const flags = overrides.reduce(withOverride, {});
  refuse([
    ...problems,
    ...problemsOf(schema, tree, kindOf).map(locate),
    ...problemsOf(schema, flags, kindOf).map(problem => blame(problem, overrides)),
  ]);
  return {
    data: schema.parse(overrides.reduce(withOverride, tree)),
    refuse: further => {
      refuse(further.map(locate));
    },
  };
}

/** The text of a configuration file; `file` is its name in messages. */
export interface ConfigFile {
  readonly file: string;
  readonly text: string;
  /** Without it 1.2. In 1.1, which programs in Go read, `yes` and `on` are true as well. */
  readonly yaml?: '1.1' | '1.2';
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

/** Data as a file that would give the same. */
export function asYaml(data: unknown): string {
  return stringify(data);
}

/** A configuration is a page of text. What is a thousand times that is some other file. */
export const configLimitBytes = 1024 * 1024;

/** A valid file needs four. */
const deepestNesting = 100;

/** A screenful; the rest is counted. */
const shownProblems = 20;

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
function readYaml({ file, text, yaml: version = '1.2' }: ConfigFile) {
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
  const document = parseDocument(text, {
    ...{ version, prettyErrors: false, uniqueKeys: false, logLevel: 'error' },
  });
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
