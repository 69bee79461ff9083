// One lab for the whole test run, left as it was found: up if it was up, else gone.
import { down } from './cluster/down.ts';
import { labNamed } from './cluster/lab.ts';
import { stateOf, up } from './cluster/up.ts';

const report = (line: string): void => void process.stderr.write(`lab: ${line}\n`);

/** Called by vitest before the first test; what it returns is called after the last. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  const lab = labNamed();
  const wasThere = stateOf(lab)?.phase === 'ready';
  await up(lab, report);
  if (wasThere) return undefined;
  return async () => {
    await down(lab, report);
  };
}
