/** Every common tar reader reads a bundle without a warning. The lab's machine has all of them; here none may lack. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOOLS, exists, run } from '../unit/bundle/archive-tools.ts';
import { ROOT, bundleBytes, temporaryFolder, type Content } from '../unit/bundle/support.ts';

const folder = temporaryFolder();
const file = join(folder.path, 'b.tar.gz');
const CONTENT: Content = [
  ...Array.from(
    { length: 300 },
    (_, n) => [`logs/ns-${n % 7}/pod-${n}/c.log`, `line ${n}\n`.repeat(n * 20)] as const,
  ),
  [`logs/${'n'.repeat(63)}/${'p'.repeat(253)}/${'c'.repeat(63)}.previous.log`, 'long\n'],
];
beforeAll(async () => writeFileSync(file, await bundleBytes(CONTENT)));
afterAll(() => folder.dispose());

describe('other tools', () => {
  it.each(TOOLS)('$name lists and unpacks a bundle', (tool) => {
    expect(exists(tool)).toBe(true);
    const names = ['bundle.json', ...CONTENT.map(([path]) => path), 'manifest.json', 'footer.json'];
    expect(run(tool.list(file)).trimEnd().split('\n')).toEqual(names.map((name) => `${ROOT}/${name}`));
    for (const [path, body] of CONTENT.slice(-3)) {
      expect(run(tool.body(file, `${ROOT}/${path}`))).toBe(body);
    }
  });
});
