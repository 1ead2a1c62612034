/**
 * What a program is called. The kernel's name for a process tells programs apart, but for those that only run another one: of
 * `python3` or `java` the script, module, class or jar is the program, and the command line names it. No other word of a
 * command line ever leaves, because passwords stand there.
 */

/** What is known of a process; empty where it cannot be read. */
export interface ProcessIdentity {
  /** The kernel's name: at most 15 bytes, which the process may change. */
  readonly comm: string;
  /** The file that is run. */
  readonly executable: string;
  readonly commandLine: readonly string[];
}

/** A program that runs others, and how a word of its command line tells which. */
interface Runtime {
  /** What the kernel calls it. */
  readonly comm: RegExp;
  /** Before the program's name, or with the name in its group. */
  readonly names?: RegExp;
  /** Before a value of its own. */
  readonly takes?: RegExp;
  /** Not the program's name yet. */
  readonly passes?: RegExp;
  /** Code, or words for it: there is no name. */
  readonly ends?: RegExp;
  /** Whether a word without an option before it is never the name. */
  readonly onlyNamed?: true;
}

/** Matches a whole word that is one of these, which are expressions themselves. */
const oneOf = (words: string): RegExp => new RegExp(`^(?:${words.trim().replaceAll(/\s+/g, '|')})$`);

const runtimes: readonly Runtime[] = [
  {
    comm: oneOf('node nodejs'),
    takes: oneOf(`
      -[Cr] --conditions --import --require --loader --experimental-loader --title --env-file --env-file-if-exists
      --input-type --experimental-default-type --icu-data-dir --openssl-config --watch-path --snapshot-blob --localstorage-file
      --redirect-warnings --disable-warning --unhandled-rejections --dns-result-order --diagnostic-dir --max-http-header-size
      --report-(dir|directory|filename|signal) --(cpu|heap)-prof-(dir|interval|name) --heapsnapshot-(near-heap-limit|signal)
      --trace-event-(categories|file-pattern) --trace-require-module --tls-(cipher-list|keylog) --secure-heap(-min)?
      --inspect-(port|publish-uid) --experimental-policy --policy-integrity --allow-fs-(read|write) --use-largepages
      --v8-pool-size --disable-proto --network-family-autoselection-attempt-timeout`),
    passes: oneOf('inspect'),
    ends: oneOf('-[ep] -pe --(eval|print|run|test)(=.*)?'),
  },
  {
    comm: oneOf('bun'),
    takes: oneOf(`
      -[dlrF] --preload --require --import --cwd --env-file --define --loader --port --filter --conditions
      --tsconfig-override`),
    passes: oneOf('run x'),
    ends: oneOf('-[ep] --(eval|print)(=.*)? exec'),
  },
  {
    comm: oneOf('deno'),
    takes: oneOf('-c --config --import-map --cert --port --host --location --seed --ext'),
    passes: oneOf('run serve'),
    ends: oneOf('eval repl task test bench'),
  },
  {
    comm: oneOf('(python|pypy)[0-9.]*t?(-dbg)?'),
    names: /^-[bBdEhiIOPqRsSuvVx]*m(.+)?$/,
    takes: oneOf('-[bBdEhiIOPqRsSuvVx]*[QWX] --check-hash-based-pycs'),
    ends: /^-[bBdEhiIOPqRsSuvVx]*c/,
  },
  {
    comm: oneOf('java jsvc jsvc.exec'),
    names: /^(?:-jar|-m|--module|--module=(.+))$/,
    takes: oneOf(`
      -cp -classpath --class-path -p --module-path --upgrade-module-path --patch-module --describe-module --add-modules
      --limit-modules --add-opens --add-exports --add-reads --enable-native-access --source
      -home -java-home -jvm -user -cwd -outfile -errfile -pidfile -procname -wait -restarts`),
    passes: oneOf('@.*'),
  },
  {
    comm: oneOf('ruby[0-9.]* bundle'),
    takes: oneOf('-[CEIXr] --encoding --external-encoding --internal-encoding --enable --disable'),
    passes: oneOf('(.*/)?bundle exec'),
    ends: /^-[acdlnpsSuUvwWy\d]*e/,
  },
  {
    comm: oneOf('perl[0-9.]*'),
    takes: oneOf('-I'),
    ends: /^-[acdlnpsStTuUwWX\d]*[eE]/,
  },
  {
    comm: oneOf('php(-cgi)?[0-9.]*'),
    names: /^(?:-f|--file|--file=(.+))$/,
    takes: oneOf('-[cdtzFS] --php-ini --define --docroot --server --zend-extension --process-file'),
    ends: /^(?:-[aeilmnqswHhvC]*[rBRE].*|--(?:run|process-(?:begin|code|end))(?:=.*)?|--)$/s,
  },
  {
    comm: oneOf('sh bash rbash dash ash zsh ksh ksh93 mksh csh tcsh busybox'),
    takes: oneOf('[-+][a-zA-Z]*[oO] --rcfile --init-file'),
    passes: oneOf('sh ash [+].*'),
    ends: oneOf('-[a-zA-Z]*[cs][a-zA-Z]*'),
  },
  { comm: oneOf('fish'), takes: oneOf('-[CDdfop] --init-command'), ends: oneOf('-[a-z]*c --command(=.*)?') },
  {
    comm: oneOf('dotnet'),
    takes: oneOf(
      '--additionalprobingpath --additional-deps --depsfile --fx-version --roll-forward --runtimeconfig',
    ),
    passes: oneOf('exec'),
    ends: oneOf('(?!exec$)[a-z][a-z-]*'),
  },
  { comm: oneOf('mono(-sgen)?'), takes: oneOf('--config') },
  {
    comm: oneOf('beam(.smp)? erl'),
    names: /^-(?:s|run|sname|name|extra)$/,
    passes: oneOf('elixir -.*'),
    onlyNamed: true,
  },
  { comm: oneOf('R'), names: /^(?:-f|--file=(.+))$/, ends: oneOf('-e --args'), onlyNamed: true },
  { comm: oneOf('julia'), takes: oneOf('-[CHJLpt]'), ends: /^-[eE]/ },
  { comm: oneOf('lua(jit)?[0-9.]*'), takes: oneOf('-[ejl]') },
  { comm: oneOf('(tclsh|wish)[0-9.]*'), takes: oneOf('-encoding') },
  { comm: oneOf('guile[0-9.]*'), names: oneOf('-s'), takes: oneOf('-[CLelx]'), ends: oneOf('-c') },
  { comm: oneOf('npm npx'), onlyNamed: true },
];

/** Names of how a process was started, or of its first thread: since version 22 that of node is `MainThread`. */
const borrowed = oneOf('|[0-9]+ exe [Mm]ain (node-)?MainThread');

/** Files of such names stand in every project, in folders of such names. */
const commonFile =
  /^(?:__main__|app|index|main|manage|server|www)(?:\.(?:[cm]?js|tsx?|mts|py|rb|php|pl|jar))?$/;
const commonFolder = oneOf('[.]{0,2} dist build src lib bin public current');
const url = /^[a-z]+:\/\/[^/]*([^?#]*)/;
/** Descriptors and pipes: what came through them has no name. */
const nameless = /^\/(?:dev|proc)\//;

/** The kernel cuts names there. */
const COMM_BYTES = 15;
const NAME_LENGTH_LIMIT = 64;
const UNNAMED = '(unnamed)';

/**
 * `sshd`; `sync.py` for `python3 /srv/sync.py`; `shop/index.js` for `node /srv/shop/index.js`, a file of which every project has one;
 * the runtime's own name where its command line names no program. Programs of the same name in different places share
 * it. One that calls itself `other` is counted with the remainder, which keeps every sum right.
 */
export const programName = (process: ProcessIdentity): string => {
  const own = ownName(process);
  const [called = ''] = own.split(' ', 1);
  const runtime = runtimeOf(called);
  if (runtime === undefined) return presentable(own);
  const program = programOf(runtime, argumentsOf(process.commandLine));
  return presentable(fileName(program) ?? called);
};

const runtimeOf = (name: string): Runtime | undefined => runtimes.find(({ comm }) => comm.test(name));

/** The kernel's name of the process, whole where the kernel has cut it. */
const ownName = ({ comm, executable, commandLine }: ProcessIdentity): string => {
  const file = baseName(executable);
  // Where the kernel was asked to run a script, its path stands behind the runtime and an option of it.
  const [command = '', ...scripts] = commandLine
    .slice(0, 3)
    .map(word => (word.includes(' ') ? '' : baseName(word)));
  if (borrowed.test(comm.trim())) return file || command.replace(/^-/, '') || comm.trim();
  const isCut = Buffer.byteLength(comm) === COMM_BYTES;
  const uncut = [file, command, ...scripts].find(each => isCut && each.startsWith(comm));
  return uncut ?? comm;
};

/**
 * A program that writes a title over its command line leaves one word. `node /srv/sync.js`, as pm2 writes it, is read like the command
 * line that it shows; `puma: cluster worker 0: 4711 [shop]` tells the program itself.
 */
const argumentsOf = ([first = '', ...others]: readonly string[]): readonly string[] => {
  if (!first.includes(' ') || others.some(word => word !== '')) return others;
  const [command = '', ...words] = first.split(' ');
  if (runtimeOf(baseName(command)) !== undefined) return words;
  return command.startsWith('/') ? [] : [command.replace(/^\[|:$/g, '')];
};

/** The word that names what the runtime runs. */
const programOf = (runtime: Runtime, words: readonly string[]): string | undefined => {
  const { names, takes, passes, ends, onlyNamed } = runtime;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '-' || ends?.test(word) === true) return undefined;
    if (takes?.test(word) === true) {
      i++;
      continue;
    }
    const option = names?.exec(word);
    const isPlain = onlyNamed !== true && word !== '' && !word.startsWith('-');
    const program = option ? (option[1] ?? words[++i]) : isPlain ? word : undefined;
    if (program !== undefined && passes?.test(program) !== true) return program;
  }
  return undefined;
};

/** @returns undefined where the word is no path of a file that has a name */
const fileName = (word = ''): string | undefined => {
  if (nameless.test(word)) return undefined;
  const parts = (url.exec(word)?.[1] ?? word).split('/').filter(part => !/^\.{0,2}$/.test(part));
  const file = parts.pop();
  const folder = parts.findLast(part => !commonFolder.test(part));
  return file !== undefined && folder !== undefined && commonFile.test(file) ? `${folder}/${file}` : file;
};

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Control characters, marks that turn the direction of text and the like, which would forge what a terminal prints. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** As everybody may see it: what is invisible as its number, and cut between characters, never within one. */
const presentable = (name: string): string =>
  Array.from(
    (name === '' ? UNNAMED : name).replace(
      invisible,
      character => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
    ),
  )
    .slice(0, NAME_LENGTH_LIMIT)
    .join('');
