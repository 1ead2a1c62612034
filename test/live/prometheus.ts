/** Prometheus and Alertmanager as operators start them, with what is in deploy/prometheus, on a clock that may run faster. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { root } from '../hosts.ts';
import { start, type Command, type Running } from './programs.ts';

export const deployFolder = join(root, 'deploy', 'prometheus');

export const readDeployed = (file: string): unknown => parse(readFileSync(join(deployFolder, file), 'utf8'));

/** Where it runs: a namespace, or here. */
type Inside = (command: Command) => Command;

export const startPrometheus = (
  inside: Inside,
  folder: string,
  config: unknown,
  ...flags: readonly string[]
): Promise<Running> => {
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, stringify(config));
  return start(
    inside(['prometheus', `--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, ...flags]),
    /msg="Listening on" address=(\S+)[^]*msg="Server is ready/,
  );
};

export const startAlertmanager = (inside: Inside, folder: string, config: unknown): Promise<Running> => {
  const file = join(folder, 'alertmanager.yml');
  mkdirSync(join(folder, 'alerts'));
  writeFileSync(file, stringify(config));
  return start(
    inside([
      'prometheus-alertmanager',
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'alerts')}`,
      '--web.listen-address=127.0.0.1:9093',
      // No other Alertmanager to gossip with.
      '--cluster.listen-address=',
    ]),
    /msg="?Listening on"? address=\S+9093/,
  );
};

interface Rule {
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
}
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Every duration in the text, divided. */
export const shortenedDurations = (text: string, factor: number): string =>
  text.replace(/\b(\d+)([smhd])\b/g, (_, count: string, unit: string) => {
    const milliseconds = (Number(count) * (secondsOf[unit] ?? NaN) * 1000) / factor;
    return `${Math.round(milliseconds)}ms`;
  });

/** The same rules, in which everything takes a fraction of its time: durations, and numbers that seconds are compared with. */
export const shortenedRules = ({ groups }: RuleFile, factor: number): RuleFile => ({
  groups: groups.map(group => ({
    ...group,
    rules: group.rules.map(rule => ({
      ...rule,
      expr: shortenedDurations(
        rule.expr.replace(
          /(_seconds(?:\[\w+\]\))? >=? )(\d+)/g,
          (_, before: string, seconds: string) => before + String(Number(seconds) / factor),
        ),
        factor,
      ),
      ...(rule.for === undefined ? {} : { for: shortenedDurations(rule.for, factor) }),
    })),
  })),
});
