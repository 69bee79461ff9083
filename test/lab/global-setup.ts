// The labs of a test run, left as they were found: up if they were up, else gone.
import { down } from './cluster/down.ts';
import { type Lab, labNamed } from './cluster/lab.ts';
import { stateOf, up } from './cluster/up.ts';
import { testLabs } from './test-labs.ts';

const report = (line: string): void => void process.stderr.write(`lab: ${line}\n`);

/** Called by vitest before the first test; what it returns is called after the last. */
export async function setup(): Promise<() => Promise<void>> {
  const ours: Lab[] = [];
  // One after another: the first may have everything to build.
  for (const lab of testLabs().map(labNamed)) {
    if (stateOf(lab)?.phase !== 'ready') ours.push(lab);
    await up(lab, report);
  }
  return async () => {
    for (const lab of ours) await down(lab, report);
  };
}
