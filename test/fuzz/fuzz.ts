/** One input after the other, each told by its seed and its number alone. */
import { randomOf } from './random.ts';
import type { Subject } from './subject.ts';
import { collectorSubjects } from './subjects/collectors.ts';
import { folderSubjects } from './subjects/folders.ts';
import { netlinkSubjects } from './subjects/netlink.ts';
import { rowSubjects } from './subjects/rows.ts';
import { configurationSubjects, textSubjects } from './subjects/texts.ts';

export interface Finding {
  readonly number: number;
  readonly subject: string;
  readonly how: readonly string[];
  readonly complaint: string;
  readonly input: Buffer;
}

export interface Attempted {
  readonly kind: string;
  readonly ending: string;
  readonly findings: readonly Finding[];
  readonly input: Buffer;
}

/** Subjects whose turn comes once in so many inputs; the collectors have the rest. */
const others: readonly (readonly [times: number, subjects: readonly Subject[]])[] = [
  [16, rowSubjects],
  [32, netlinkSubjects],
  [300, textSubjects],
  [600, configurationSubjects],
  [1000, folderSubjects],
];

const turnOf = (number: number): Subject | undefined => collectorSubjects[number % collectorSubjects.length];

const subjectFor = (seed: number, number: number): Subject => {
  const random = randomOf(seed, number, 1);
  const found = others.find(([times]) => random.oneIn(times))?.[1];
  const subject = found?.[random.below(found.length)] ?? turnOf(number);
  if (subject === undefined) throw new Error('there is nothing to fuzz');
  return subject;
};

export const subjects: readonly Subject[] = [...collectorSubjects, ...others.flatMap(([, each]) => each)];

const nothing = Buffer.alloc(0);

/** Whatever happens is told. */
export const attempt = async (seed: number, number: number): Promise<Attempted> => {
  const subject = subjectFor(seed, number);
  const finding = (complaint: string, input: Buffer = nothing, how: readonly string[] = []): Finding => ({
    ...{ number, subject: subject.name, how, complaint, input },
  });
  try {
    const { input, how, ending, complaints } = await subject.attempt(randomOf(seed, number));
    const findings = complaints.map(complaint => finding(complaint, input, how));
    return { kind: subject.kind, ending, findings, input };
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    const complaint = `a crash: ${message} ${stack.split('\n').slice(1, 4).join('')}`;
    return { kind: subject.kind, ending: 'crash', findings: [finding(complaint)], input: nothing };
  }
};
