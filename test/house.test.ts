// Protects: the floors of the house: who may import whom, one importer for each package, no dead files, no drawers for odds and ends.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { root } from './hosts.ts';

const sources: ReadonlyMap<string, string> = new Map(
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    // Declarations are types of a package, and no code.
    .filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map(file => [file, readFileSync(join(root, 'src', file), 'utf8')]),
);

/** Prettier lays out every import and export the same way; a worker is started by the address of its file. */
const importStatement = /^(?:import|export)(?: type)? (?:[^;'"]*? from )?'([^']+)';$/gm;
const dynamicImport = /\b(?:import|importIfThere|require)\((?:[^)]*?)'([^']+)'\)/g;
const workerEntry = /new Worker\(new URL\('([^']+)', import\.meta\.url\)/g;

const textWithoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

/** What a file imports: files of src by their path in it, packages by their name. */
const importsOf = (file: string): readonly string[] => {
  const text = textWithoutComments(sources.get(file) ?? '');
  return [importStatement, dynamicImport, workerEntry]
    .flatMap(pattern => [...text.matchAll(pattern)])
    .map(([, from = '']) =>
      from.startsWith('.') ? normalize(join(dirname(file), from)).replace(/\.js$/, '.ts') : from,
    );
};

const isOwn = (imported: string): boolean => imported.endsWith('.ts');

const imports: ReadonlyMap<string, readonly string[]> = new Map(
  [...sources.keys()].map(file => [file, importsOf(file)]),
);

/** Folder or file, and the files and packages that it may import; a folder may import its own files. */
const mayImport: readonly (readonly [who: string, whom: readonly string[]])[] = [
  ['text/', []],
  ['metrics/', []],
  ['procfs/netlink.ts', ['text/', 'koffi']],
  ['procfs/', ['text/', 'node:fs', 'node:path']],
  ['collectors/', ['text/', 'metrics/']],
  ['snapshot/', ['collectors/', 'procfs/', 'text/', 'metrics/', 'node:worker_threads']],
  ['faces/exposition.ts', ['snapshot/pieces.ts', 'metrics/', 'prom-client', 'prom-client/lib/registry.js']],
  ['faces/http.ts', ['faces/', 'snapshot/', 'collectors/', 'metrics/', 'express', 'node:zlib', 'node:util']],
  ['faces/web-config.ts', ['faces/tls.ts', 'config-file.ts', 'schema.ts', 'node:path']],
  ['faces/tls.ts', ['node:crypto', 'node:tls']],
  ['faces/guard.ts', ['faces/', 'node:http']],
  ['faces/passwords.ts', ['faces/password-thread.ts', 'node:crypto', 'node:worker_threads']],
  ['faces/password-thread.ts', ['node:worker_threads', 'bcryptjs']],
  ['faces/server.ts', ['faces/tls.ts', 'node:http', 'node:https', 'node:net', 'node:tls']],
  ['faces/', ['snapshot/', 'collectors/', 'metrics/', 'nearest.ts']],
  ['schema.ts', ['nearest.ts', 'zod']],
  ['config-file.ts', ['schema.ts', 'usage.ts', 'yaml']],
  ['config.ts', ['config-file.ts', 'schema.ts']],
  ['flags.ts', ['config-file.ts', 'config.ts', 'usage.ts', 'node:util']],
  ['getopt.ts', ['usage.ts', 'nearest.ts']],
  ['show-options.ts', ['usage.ts', 'getopt.ts', 'show-contents.ts']],
  ['show-contents.ts', ['usage.ts', 'metrics/']],
  ['log.ts', []],
  ['usage.ts', ['nearest.ts']],
  ['nearest.ts', []],
];

/** The composition roots. */
const mayImportAnything = /^(commands\/|main\.ts$)/;

test('every import statement is seen by these tests', () => {
  for (const [file, text] of sources) {
    const begun = [...text.matchAll(/^import\b/gm)].length;
    const seen = [...text.matchAll(importStatement)].filter(([each]) => each.startsWith('import')).length;
    assert.equal(seen, begun, file);
  }
  assert.ok(imports.get('snapshot/thread.ts')?.includes('snapshot/worker.ts'));
});

test('every import looks down, never up or sideways', () => {
  const wrong = [...imports].flatMap(([file, imported]) => {
    if (mayImportAnything.test(file)) return [];
    const [who, whom] = mayImport.find(([each]) => file.startsWith(each)) ?? [file, undefined];
    if (whom === undefined) return [`${file} has no place in the house`];
    return imported
      .filter(each => ![...whom, ...(who.endsWith('/') ? [who] : [])].some(allowed => covers(allowed, each)))
      .map(each => `${file} imports ${each}`);
  });
  assert.deepEqual(wrong, []);
});

const covers = (allowed: string, imported: string): boolean =>
  allowed.endsWith('/') ? imported.startsWith(allowed) : imported === allowed;

test('the rules are of folders and files that there are', () => {
  const files = [...sources.keys()];
  const stale = mayImport
    .map(([who]) => who)
    .filter(who => !files.some(file => (who.endsWith('/') ? file.startsWith(who) : file === who)));
  assert.deepEqual(stale, []);
});

test('every import of our own leads to a file', () => {
  const broken = [...imports].flatMap(([file, imported]) =>
    imported.filter(each => isOwn(each) && !sources.has(each)).map(each => `${file} imports ${each}`),
  );
  assert.deepEqual(broken, []);
});

test('every dependency has exactly one importer, and nothing else comes from outside', () => {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Readonly<Record<'dependencies' | 'optionalDependencies', Readonly<Record<string, string>>>>;
  const packageOf = (name: string): string =>
    name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/');
  const importers = new Map<string, string[]>(
    Object.keys({ ...dependencies, ...optionalDependencies }).map(name => [name, []]),
  );
  for (const [file, imported] of imports) {
    const packages = imported.filter(name => !isOwn(name) && !name.startsWith('node:')).map(packageOf);
    for (const each of new Set(packages)) importers.set(each, [...(importers.get(each) ?? []), file]);
  }
  assert.deepEqual(Object.fromEntries(importers), {
    bcryptjs: ['faces/password-thread.ts'],
    express: ['faces/http.ts'],
    koffi: ['procfs/netlink.ts'],
    'prom-client': ['faces/exposition.ts'],
    yaml: ['config-file.ts'],
    zod: ['schema.ts'],
  });
});

test('only the ground floor opens files of the data path, and only commands and main read others', () => {
  const importers = [...imports]
    .filter(([, imported]) => imported.some(each => /^node:fs(\/promises)?$/.test(each)))
    .map(([file]) => file)
    .filter(file => !file.startsWith('procfs/') && !mayImportAnything.test(file));
  assert.deepEqual(importers, []);
});

test('nothing that runs programs, asks the network or loads code is imported, but for the names of hosts and for TLS', () => {
  const banned = /^node:(child_process|cluster|dgram|dns|http2|https|inspector|module|net|tls|vm|repl)(\/|$)/;
  const found = [...imports].flatMap(([file, imported]) =>
    imported.filter(each => banned.test(each)).map(each => `${file} imports ${each}`),
  );
  assert.deepEqual(found.sort(), [
    // What netstat does without -n: the names of the addresses that somebody has shown to himself.
    'commands/host-names.ts imports node:dns/promises',
    // Who asks us over TLS.
    'faces/server.ts imports node:https',
    'faces/server.ts imports node:net',
    'faces/server.ts imports node:tls',
    'faces/tls.ts imports node:tls',
  ]);
});

test('every file can be reached from main.ts', () => {
  const reached = new Set(['main.ts']);
  for (const file of reached) {
    for (const each of imports.get(file) ?? []) if (isOwn(each)) reached.add(each);
  }
  assert.deepEqual(
    [...sources.keys()].filter(file => !reached.has(file)),
    [],
  );
});

test('no file imports itself by way of others', () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const each of imports.get(file) ?? []) if (isOwn(each)) visit(each, [...path, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  assert.deepEqual(cycles, []);
});

test('no file is a drawer for odds and ends, and all are named in kebab-case', () => {
  const drawers = [...sources.keys()].filter(file =>
    /^(util|utils|helper|helpers|common|misc|shared|lib)(\.ts|\/)|\/(util|utils|helper|helpers|common|misc|shared|lib)(\.ts|\/)/.test(
      file,
    ),
  );
  assert.deepEqual(drawers, []);
  const misnamed = [...sources.keys()].filter(file => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(file)));
  assert.deepEqual(misnamed, []);
});

test('only collectors/index.ts is a list of others', () => {
  const indexes = [...sources.keys()].filter(file => basename(file) === 'index.ts');
  assert.deepEqual(indexes, ['collectors/index.ts']);
  const barrels = [...sources].filter(([, text]) => /^export (\*|\{[^}]*\}) from /m.test(text));
  assert.deepEqual(
    barrels.map(([file]) => file),
    [],
  );
});

/** Without comments and texts, in which any word may stand. */
const codeOf = (text: string): string =>
  textWithoutComments(text).replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''");

/** What must not stand in any file of src. */
const forbidden: Readonly<Record<string, RegExp>> = {
  'a default export': /^export default\b/m,
  'the type any': /[:<|&,=]\s*any\b|\bas any\b/,
  'an open end': /\b(TODO|FIXME|XXX|HACK)\b/,
  'a switched-off check': /@ts-(ignore|expect-error|nocheck)|eslint-disable/,
  'output to the console': /\bconsole\.\w+\(/,
};

test('no default export, no any, no open ends, no switched-off checks, no console', () => {
  const found = [...sources].flatMap(([file, text]) =>
    Object.entries(forbidden)
      .filter(([what, pattern]) => pattern.test(what === 'the type any' ? codeOf(text) : text))
      .map(([what]) => `${file}: ${what}`),
  );
  assert.deepEqual(found, []);
});

test('only main.ts ends the process', () => {
  const enders = [...sources]
    .filter(([, text]) => /process\.(exit\b|exitCode|abort|kill)/.test(text))
    .map(([file]) => file);
  assert.deepEqual(enders, ['main.ts']);
});

test('nothing is opened for writing and nothing is written but stdout and stderr', () => {
  const writers = [...sources]
    .filter(([, text]) =>
      /\b(writeFile|appendFile|createWriteStream|mkdir|unlink|rename|rm|writeSync|truncate|chmod|symlink)(Sync)?\(/.test(
        textWithoutComments(text),
      ),
    )
    .map(([file]) => file);
  assert.deepEqual(writers, []);
  const modes = [...sources].flatMap(([, text]) =>
    [...text.matchAll(/openSync\([^)]*, ('[^']*')\)/g)].map(([, mode]) => mode),
  );
  assert.deepEqual([...new Set(modes)], ["'r'"]);
});

test('every test says in its first line what it protects, and what serves tests what it is', () => {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter(
    file => file.endsWith('.ts') && !file.startsWith('hosts/') && !file.includes('node_modules'),
  );
  const silent = files.filter(file => {
    const text = readFileSync(join(root, 'test', file), 'utf8');
    return !(file.endsWith('.test.ts') ? /^\/\/ Protects\b.{20,}/ : /^\/\*\*\s[\s*]*\S.{20,}/).test(text);
  });
  assert.deepEqual(silent, []);
  assert.ok(files.length > 100, `${files.length} files`);
});

test('ARCHITECTURE.md lists the folders of src, no more and no fewer', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const listed = [...text.matchAll(/^\| `src\/([a-z]+)` /gm)].map(([, name = '']) => name).sort();
  assert.deepEqual(listed, folders);
});
