/**
 * `npm run fuzz`: very many broken inputs, until there were enough of them or the time is up; or one of them once more. The exit status
 * is 1 where anything was found, and 2 for wrong flags.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { attempt } from './fuzz.ts';
import { runCampaign, type Campaign } from './campaign.ts';

const usage = `npm run fuzz -- [FLAGS]

  --seed=NUMBER      which inputs they are (1)
  --inputs=NUMBER    how many (1000000)
  --seconds=NUMBER   ends after so long, however many there were
  --input=NUMBER     tries this one alone, and says what was done to it
  --save=FILE        with --input: writes its bytes there
`;

class UsageError extends Error {}

const whole = (name: string, text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 0x7fff_ffff)
    throw new UsageError(`--${name}: expected a whole number, found "${text}"`);
  return value;
};

const flags = {
  seed: { type: 'string', default: '1' },
  inputs: { type: 'string', default: '1000000' },
  seconds: { type: 'string' },
  input: { type: 'string' },
  save: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const parsed = (argv: readonly string[]) => {
  try {
    return parseArgs({ args: [...argv], options: flags }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const MEGABYTE = 1_000_000;
/** Lines of progress are for people. */
const PROGRESS_SECONDS = 10;

const reportOf = ({ inputs, seconds, findings, endings, slowest, peakResidentBytes }: Campaign): void => {
  for (const [kind, counts] of Object.entries(endings).sort(([a], [b]) => (a < b ? -1 : 1)))
    print(
      `${kind.padEnd(18)} ${Object.entries(counts)
        .map(([ending, times]) => `${ending} ${count(times)}`)
        .join(', ')}`,
    );
  print(`${count(inputs)} inputs in ${count(seconds)} s, ${count(inputs / seconds)} a second`);
  print(`${count(peakResidentBytes / MEGABYTE)} MB resident at the most`);
  print(`${count(slowest.milliseconds)} ms for the slowest, --input=${slowest.number}`);
  print(`${count(findings.length)} findings`);
};

const replay = async (seed: number, number: number, save: string | undefined): Promise<boolean> => {
  const { kind, ending, findings, input } = await attempt(seed, number);
  print(`${kind}: ${ending}`);
  for (const { subject, how, complaint } of findings)
    print(`${subject}: ${complaint}\n    ${how.join(', ')}`);
  if (save !== undefined) writeFileSync(save, input);
  return findings.length === 0;
};

const main = async (argv: readonly string[]): Promise<void> => {
  const { seed: seedText, inputs, seconds, input, save, help } = parsed(argv);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const seed = whole('seed', seedText);
  if (input !== undefined) {
    if (!(await replay(seed, whole('input', input), save))) process.exitCode = 1;
    return;
  }
  let told = 0;
  const campaign = await runCampaign({
    seed,
    inputs: whole('inputs', inputs),
    ...(seconds !== undefined && { seconds: whole('seconds', seconds) }),
    found({ number, subject, how, complaint }) {
      print(`--seed=${seed} --input=${number}  ${subject}: ${complaint}\n    ${how.join(', ')}`);
    },
    progress(done, elapsed, findings) {
      if (elapsed < told + PROGRESS_SECONDS) return;
      told = elapsed;
      process.stderr.write(
        `${count(done)} inputs, ${count(done / elapsed)} a second, ${findings} findings\n`,
      );
    },
  });
  reportOf(campaign);
  if (campaign.findings.length > 0) process.exitCode = 1;
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
