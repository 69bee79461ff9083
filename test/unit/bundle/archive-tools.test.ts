import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOOLS, exists, gzipTest, run } from './archive-tools.ts';
import { CONTENT, ROOT, bundleBytes, temporaryFolder } from './support.ts';

const folder = temporaryFolder();
const file = join(folder.path, 'b.tar.gz');
beforeAll(async () => writeFileSync(file, await bundleBytes(CONTENT, { segmentBytes: 700 })));
afterAll(() => folder.dispose());

const NAMES = ['bundle.json', ...CONTENT.map(([path]) => path), 'manifest.json', 'footer.json'];

// Which tools a machine has differs: GNU tar and gzip are always there, and the lab's suite demands all of them.
describe('other tools read a bundle without a warning', () => {
  it('gzip', () => {
    expect(() => gzipTest(file)).not.toThrow();
  });

  for (const tool of TOOLS) {
    it.runIf(tool.name === 'tar' || exists(tool))(`${tool.name} (where it is installed)`, () => {
      expect(run(tool.list(file)).trimEnd().split('\n')).toEqual(NAMES.map((name) => `${ROOT}/${name}`));
      for (const [path, body] of CONTENT) expect(run(tool.body(file, `${ROOT}/${path}`))).toBe(body);
    });
  }
});
