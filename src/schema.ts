/** What a configuration may hold, and what is wrong with one that does not. The only place that knows zod. */
import * as z from 'zod';
import { nearest } from './nearest.ts';

export type Schema = z.ZodType;

export type Infer<S extends Schema> = z.infer<S>;

export type Path = readonly PropertyKey[];

/** What is wrong with the value at a path, or with the last key of the path itself. */
export interface Problem {
  readonly path: Path;
  readonly sentence: string;
  readonly of: 'key' | 'value';
}

/** What the key at a path is called in a message; a key, unless the file has better names for some. */
export type KindOf = (path: Path) => string;

/** Nothing where `schema.parse` would not throw. */
export function problemsOf(schema: Schema, tree: unknown, kindOf: KindOf): Problem[] {
  const { error } = schema.safeParse(tree);
  if (error === undefined) return [];
  const defaults = schema.parse({});
  return error.issues.flatMap(({ path, message, ...issue }): Problem[] => {
    if (issue.code !== 'unrecognized_keys') return [{ path, sentence: message, of: 'value' }];
    const known = Object.keys(path.reduce<unknown>(child, defaults) ?? {});
    return issue.keys.map(key => ({
      path: [...path, key],
      sentence: unknownKey(kindOf([...path, key]), key, known),
      of: 'key',
    }));
  });
}

function unknownKey(kind: string, word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return `unknown ${kind} ${JSON.stringify(word)}${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}

/** A map with these keys and no others. A section whose keys are all commented out reads as null, and means defaults. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(value => value ?? {}, z.strictObject(shape, 'expected a map').readonly());
}

export function text(sentence: string, holds: (value: string) => boolean) {
  return z.string(sentence).refine(holds, sentence);
}

export function number(sentence: string, holds: (value: number) => boolean) {
  return z.number(sentence).refine(holds, sentence);
}

export function whole(least: number, most: number) {
  return number(
    `expected a whole number from ${least} to ${most}`,
    n => Number.isInteger(n) && n >= least && n <= most,
  );
}

export function yes(byDefault: boolean) {
  return z.boolean('expected true or false').default(byDefault);
}

export function oneOf<const Word extends string>(...words: readonly Word[]) {
  return z.enum(words, `expected ${words.slice(0, -1).join(', ')} or ${words.slice(-1).join()}`);
}

/** Where a key without a value means the default as well. */
export function orDefault<S extends Schema>(schema: S) {
  return z.preprocess(value => value ?? undefined, schema);
}

/** Text, also where YAML reads what was written without quotes as a number or a truth. */
export function plainText(sentence: string, holds: (value: string) => boolean = () => true) {
  return z.preprocess(
    value => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
    text(sentence, holds),
  );
}

/** One of many names: the nearest is told, not all of them. */
export function oneNameOf<const Name extends string>(kind: string, names: readonly Name[]) {
  return z.string(`expected the name of a ${kind}`).transform((word, context): Name => {
    const known = names.find(name => name === word);
    if (known !== undefined) return known;
    context.addIssue({ code: 'custom', message: unknownKey(kind, word, names) });
    return z.NEVER;
  });
}

/** A map from names that are not known beforehand. */
export function mapOf<Value extends Schema>(value: Value) {
  return z.preprocess(map => map ?? {}, z.record(z.string(), value, 'expected a map').readonly());
}

export function listOf<Item extends Schema>(item: Item) {
  return z.array(item, 'expected a list').readonly();
}

/**
 * The text of a regular expression; empty means no filter. It is compiled with the `u` flag, here and by who uses it:
 * without it JavaScript reads what it does not know, such as \A or [[:alpha:]], as something else and says nothing.
 */
export function expression() {
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

export function isIpv6(address: string): boolean {
  return z.ipv6().safeParse(address).success;
}

export function child(tree: unknown, step: PropertyKey): unknown {
  return isRecord(tree) ? tree[step] : undefined;
}

export function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}
