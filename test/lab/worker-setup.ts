// Before each test file: its lab, whole again whatever the file before did to it.
import { labNamed } from './cluster/lab.ts';
import { up } from './cluster/up.ts';
import { clearNamespaces } from './calm.ts';
import { testLabs } from './test-labs.ts';

const report = (line: string): void => void process.stderr.write(`lab: ${line}\n`);

// A worker's number is its own while it runs, and there are as many workers as labs.
const name = testLabs()[Number(process.env['VITEST_POOL_ID']) - 1];
if (name === undefined) throw new Error(`worker ${process.env['VITEST_POOL_ID']} has no lab`);
process.env['INQUEST_LAB'] = name;
await up(labNamed(name), report);
await clearNamespaces(labNamed(name), report);
