/** Answers over netlink, whose bytes are broken as those of files are, and whose messages come whole, cut, late or never. */
import type { Collector } from '../../../src/collectors/collector.ts';
import { collectors } from '../../../src/collectors/index.ts';
import { overSockets } from '../../../src/procfs/netlink.ts';
import { memory } from '../../../src/procfs/source.ts';
import { createMemories } from '../../../src/snapshot/memory.ts';
import { ofOneFile } from '../../../src/snapshot/read.ts';
import { createReadSockets } from '../../../src/snapshot/read-sockets.ts';
import { createMaterializer } from '../../materializing.ts';
import {
  done,
  fakeCalls,
  framed,
  INTERRUPTED,
  MULTI,
  refused,
  SOCKET,
  socketMessage,
  type ByteOrder,
} from '../../messages.ts';
import { ofDomains, ofFamilies, ofOutcome, seriesOf } from '../complaints.ts';
import { seeds } from '../corpus.ts';
import type { Random } from '../random.ts';
import type { Subject } from '../subject.ts';
import { endingOf, ofBothTexts } from './collectors.ts';

const everything = { device: () => true, statistic: () => true, limits: {} };

const extremes = [0, 1, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as const;

const number = (random: Random, most: number): number =>
  random.oneIn(4) ? Math.min(most, random.pick(extremes)) : random.below(Math.min(most, 100));

const messageOf = (byteOrder: ByteOrder, family: number, random: Random): Buffer => {
  const told = {
    family: random.oneIn(20) ? random.below(256) : family,
    state: random.oneIn(10) ? random.below(256) : 1 + random.below(12),
    timer: random.oneIn(10) ? random.below(256) : random.below(5),
    retransmits: number(random, 0xff),
    localPort: number(random, 0xffff),
    remotePort: number(random, 0xffff),
    expires: number(random, 0xffff_ffff),
    receiveQueue: number(random, 0xffff_ffff),
    sendQueue: number(random, 0xffff_ffff),
    uid: number(random, 0xffff_ffff),
    inode: number(random, 0xffff_ffff),
    isBare: random.oneIn(5),
    ...(random.oneIn(2) && {
      info: Buffer.alloc(random.pick([0, 8, 68, 104, 140, 232] as const), random.below(256)),
    }),
    ...(!random.oneIn(10) && { drops: number(random, 0xffff_ffff) }),
  };
  const message = socketMessage(byteOrder, told);
  const payload = random.oneIn(12) ? message.subarray(0, random.below(message.length)) : message;
  const flags = random.oneIn(50) ? MULTI | INTERRUPTED : MULTI;
  return framed(byteOrder, random.oneIn(30) ? random.below(30) : SOCKET, payload, {
    flags,
    ...(random.oneIn(40) && { length: random.pick(extremes) }),
    ...(random.oneIn(40) && { sequence: random.pick(extremes) }),
  });
};

/** Few bytes of many, or it would never get beyond the first header. */
const broken = (datagram: Buffer, random: Random): Buffer => {
  const bytes = Buffer.from(datagram);
  for (let flips = random.below(4); flips > 0 && bytes.length > 0; flips--)
    bytes[random.below(bytes.length)] = random.oneIn(2) ? random.below(256) : random.pick([0, 0xff] as const);
  return random.oneIn(6) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
};

/** What a call answers: a datagram, or a number where there is none. */
const answerOf = (byteOrder: ByteOrder, family: number, random: Random): readonly (Buffer | number)[] => {
  const answers: (Buffer | number)[] = [];
  for (let datagrams = random.below(4); datagrams >= 0; datagrams--) {
    const messages = Array.from({ length: random.below(12) }, () => messageOf(byteOrder, family, random));
    const datagram = Buffer.concat(messages);
    // A datagram of none is the end of the file, which netlink has not.
    if (datagram.length > 0) answers.push(random.oneIn(2) ? broken(datagram, random) : datagram);
  }
  if (random.oneIn(15)) answers.push(refused(byteOrder, random.below(200)));
  if (random.oneIn(20)) answers.push(random.pick([-4, -11, -12, -105, 0, 70_000] as const));
  if (!random.oneIn(10)) answers.push(done(byteOrder, random.oneIn(15) ? random.below(200) : 0));
  return answers;
};

const FAMILIES = { inet: 2, inet6: 10 } as const;
const extents = ['whole', 'lean', 'info'] as const;

const netlinkSubject = (collector: Collector<string, unknown>): Subject => {
  const { name, file } = collector;
  const materialize = createMaterializer([collector], everything);
  const text = seeds.find(seed => seed.file === file)?.bytes ?? Buffer.alloc(0);
  return {
    name: `netlink for ${name}`,
    kind: 'netlink',
    async attempt(random) {
      const byteOrder = random.pick(['little', 'big'] as const);
      const family = name.endsWith('6') ? FAMILIES.inet6 : FAMILIES.inet;
      const answers = Array.from({ length: 3 }, () => answerOf(byteOrder, family, random)).flat();
      const read = createReadSockets({ [name]: 'netlink' }, overSockets(fakeCalls(answers), byteOrder));
      const source = memory({ [file]: text }, { byteOrder, pageSizeBytes: 4096, ticksPerSecond: 100 });
      const extent = collector.overNetlink?.hasExtents === true ? random.pick(extents) : 'whole';
      const reading = { ...ofOneFile, sysctl: () => '32768\t60999', extents: { [name]: extent } };
      const outcome = read(collector, source, createMemories()(name), reading);
      const { families } = materialize(new Map([[name, outcome]]));
      const input = Buffer.concat(answers.map(each => (typeof each === 'number' ? Buffer.alloc(0) : each)));
      return {
        input,
        how: [`${answers.length} answers`, extent, byteOrder],
        ending:
          outcome.status === 'ok' && outcome.readBy?.reader === 'procfs'
            ? 'read from the file'
            : endingOf(outcome),
        complaints: [
          ...ofOutcome([file], outcome),
          ...ofFamilies(families),
          ...ofDomains(collector, outcome, seriesOf(families, collector)),
          ...(await ofBothTexts(families, input.length + text.length, random)),
        ],
      };
    },
  };
};

const all: readonly Collector<string, unknown>[] = collectors;

export const netlinkSubjects: readonly Subject[] = all
  .filter(({ overNetlink }) => overNetlink !== undefined)
  .map(netlinkSubject);
