/** Every check is whole: found by its place, explained, tested three ways, and reads nothing that it did not declare. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Check, Need } from '../../analyze/checks/check.ts';
import { checks } from '../../analyze/checks/registry.ts';
import { judge } from '../../analyze/judge.ts';
import { LAYERS } from '../../analyze/model/layer.ts';
import { storeFrom } from '../support/evidence.ts';
import { busyNamespace } from '../support/busy-namespace.ts';

const root = new URL('../..', import.meta.url).pathname;
const ids = new Set(checks.map(({ id }) => id));

/** `<layer>/<file>` of every check file in the tree. */
function filesOnDisk(): string[] {
  const folder = join(root, 'analyze/checks');
  return LAYERS.flatMap((layer) =>
    existsSync(join(folder, layer))
      ? readdirSync(join(folder, layer))
          .filter((file) => file.endsWith('.ts') && !file.startsWith('_'))
          .map((file) => `${layer}/${file.slice(0, -'.ts'.length)}`)
      : [],
  );
}

/** Lists that make an answer better and are not needed for one. */
function usesOf(check: Check): Need[] {
  return (check.uses ?? []).filter((use) => use.startsWith('list:') && !check.needs.includes(use));
}

describe('checks', () => {
  it('are named by their path, each once', () => {
    expect(checks.map(({ id }) => id).toSorted()).toEqual(filesOnDisk().toSorted());
    expect(ids.size).toBe(checks.length);
  });
});

describe.each(checks.map((check) => [check.id, check] as const))('%s', (id, check) => {
  it('lies in the folder of its layer', () => {
    expect(id.split('/')[0]).toBe(check.layer);
  });

  it('is explained', () => {
    expect(check.title).toMatch(/^[A-Z].*[^.]$/);
    expect(check.explain.rule.length).toBeGreaterThan(80);
    expect(check.explain.notConfusedWith.length).toBeGreaterThan(0);
    expect(check.explain.sources.length).toBeGreaterThan(0);
    for (const source of check.explain.sources)
      expect(source).toMatch(/^https:\/\/kubernetes\.io\/|^https:\/\/github\.com\/kubernetes/);
  });

  it('needs something, and declares nothing twice', () => {
    expect(check.needs.length).toBeGreaterThan(0);
    for (const declared of [check.needs, check.uses ?? []])
      expect(new Set(declared).size).toBe(declared.length);
    for (const need of check.holdsDespite ?? []) expect(check.needs).toContain(need);
  });

  it('explains checks that are there, and not itself', () => {
    const explained = check.explains.map((relation) =>
      typeof relation === 'string' ? relation : relation.check,
    );
    for (const other of explained) expect(ids).toContain(other);
    expect(explained).not.toContain(id);
  });

  it('has its three tests: fires, quiet, unknown', () => {
    const file = join(root, `test/unit/checks/${id}.test.ts`);
    expect(existsSync(file), `test/unit/checks/${id}.test.ts is missing`).toBe(true);
    const text = readFileSync(file, 'utf8');
    const missing = ['fires', 'quiet', 'unknown'].filter((part) => !text.includes(`describe('${part}`));
    expect(missing).toEqual([]);
  });

  it('has its page', () => {
    expect(existsSync(join(root, `docs/checks/${id}.md`)), `docs/checks/${id}.md is missing`).toBe(true);
  });

  it('reads nothing undeclared, whatever it meets', () => {
    const store = storeFrom(busyNamespace());
    const verdict = judge(store, [check]);
    store.close();
    expect(verdict.errors).toEqual([]);
  });

  it('is unknown without any of its needs, never a fail or a pass', () => {
    for (const need of check.needs.filter((one) => one.startsWith('list:'))) {
      const resource = need.slice('list:'.length);
      const store = storeFrom({ ...busyNamespace(), lists: { [resource]: 'forbidden' } });
      const [outcome] = judge(store, [check]).checks;
      store.close();
      expect([need, outcome?.outcome, outcome?.failed, outcome?.passed]).toEqual([need, 'unknown', 0, 0]);
    }
  });

  it('stays itself without what is only of use', () => {
    const all = storeFrom(busyNamespace());
    // A check that rests on probes is blind here anyway.
    const blind = judge(all, [check]).checks[0]?.outcome === 'unknown';
    all.close();
    for (const use of usesOf(check)) {
      const store = storeFrom({ ...busyNamespace(), lists: { [use.slice('list:'.length)]: 'forbidden' } });
      const verdict = judge(store, [check]);
      store.close();
      expect([use, verdict.errors, verdict.checks[0]?.outcome === 'unknown']).toEqual([use, [], blind]);
    }
  });
});
