/** Prints how much of the data path the tests take, and fails where that is too little or differs from docs/testing.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complaintsOf, coverageIn, listedIn, percentOf, type IstanbulReport } from './branches.ts';
import { root } from './hosts.ts';

const report = JSON.parse(
  readFileSync(join(root, 'build', 'coverage', 'coverage-final.json'), 'utf8'),
) as IstanbulReport;
const coverage = coverageIn(report);
const complaints = complaintsOf(coverage, listedIn(readFileSync(join(root, 'docs', 'testing.md'), 'utf8')));

const { branches, uncovered } = coverage;
process.stdout.write(
  `${percentOf(coverage).toFixed(2)} % of the branches of the data path: ${branches - uncovered.length} of ${branches}\n`,
);
for (const complaint of complaints) process.stdout.write(`${complaint}\n`);
if (complaints.length > 0) {
  process.stdout.write('docs/testing.md says what to do about each of these\n');
  process.exitCode = 1;
}
