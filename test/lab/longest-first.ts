// The order of test files: with two at a time, a long one that began last would run alone at the end.
import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take minutes, the longest first. */
const LONG = [
  'platform-faults',
  'node-faults',
  'pod-probes',
  'pod-starts',
  'healthy',
  'deadline',
  'pod-faults',
  'service-faults',
  'wild',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONG.indexOf(basename(moduleId, '.lab.test.ts'));
  return at === -1 ? LONG.length : at;
};

/** Files of minutes first, the rest as vitest would have them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
