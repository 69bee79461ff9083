import { describe, expect, it } from 'vitest';
import { causeGraph as join, type CauseGraph } from '../../../analyze/causes/graph.ts';
import type { Relations } from '../../../analyze/causes/relations.ts';
import { SECOND } from '../../../src/core/time.ts';
import { at, check, finding, pod, service } from './findings.ts';

/** Facts that tell of no directed relation. */
const UNRELATED: Relations = {
  touched: () => undefined,
  clockError: () => 0,
  reach: () => ({ objects: new Set(), services: new Set(), behind: new Set() }),
};

function causeGraph(
  findings: Parameters<typeof join>[0],
  checks: Parameters<typeof join>[1],
  tolerance: number,
): CauseGraph {
  return join(findings, checks, tolerance, UNRELATED);
}

function causesOf(graph: CauseGraph, key: string): string[] {
  return [...(graph.causes.get(key) ?? [])].toSorted();
}

const mismatch = finding('service/a', service('pay'));
const empty = finding('service/b', service('pay'), { role: 'symptom' });
const other = finding('service/b', service('cart'), { role: 'symptom' });
const checks = [check('service/a', { explains: ['service/b'] }), check('service/b')];

describe('an edge from cause to consequence', () => {
  it('needs a declared relation and a shared object', () => {
    const graph = causeGraph([mismatch, empty, other], checks, SECOND);
    expect(causesOf(graph, empty.key)).toEqual([mismatch.key]);
    expect(causesOf(graph, other.key)).toEqual([]);
    expect(
      causesOf(causeGraph([mismatch, empty], [check('service/a'), check('service/b')], SECOND), empty.key),
    ).toEqual([]);
  });

  it('may want the role of either', () => {
    const relation = { check: 'service/b', sharing: 'object' as const };
    const own = finding('service/b', service('pay'), { role: 'cause' });
    const shown = finding('service/a', service('pay'), { role: 'symptom' });
    const causes = (from: typeof mismatch, more: object, to = empty): string[] =>
      causesOf(
        causeGraph(
          [from, to],
          [check('service/a', { explains: [{ ...relation, ...more }] }), check('service/b')],
          SECOND,
        ),
        to.key,
      );
    expect(causes(mismatch, { from: 'cause', to: 'symptom' })).toEqual([mismatch.key]);
    expect(causes(shown, { from: 'cause' })).toEqual([]);
    expect(causes(mismatch, { to: 'symptom' }, own)).toEqual([]);
  });

  it('is found through the objects that either involves', () => {
    const crash = finding('pod/a', pod('pay-1'));
    const silent = { ...empty, key: 'silent', involves: [pod('pay-1')] };
    const graph = causeGraph([crash, silent], [check('pod/a', { explains: ['service/b'] })], SECOND);
    expect(causesOf(graph, 'silent')).toEqual([crash.key]);
  });

  it('may be of a whole namespace or of the cluster', () => {
    const far = finding('service/b', service('pay', 'bank'), { role: 'symptom' });
    const quota = finding('service/a', service('quota'));
    const sharing = (how: 'namespace' | 'cluster'): CauseGraph =>
      causeGraph(
        [quota, empty, far],
        [check('service/a', { explains: [{ check: 'service/b', sharing: how }] })],
        SECOND,
      );
    expect([causesOf(sharing('namespace'), empty.key), causesOf(sharing('namespace'), far.key)]).toEqual([
      [quota.key],
      [],
    ]);
    expect(causesOf(sharing('cluster'), far.key)).toEqual([quota.key]);
  });

  it('is not of a whole namespace or cluster where the cause is about single pods', () => {
    const unbound = finding('service/a', pod('pay-1'));
    const related: Relations = { ...UNRELATED, touched: () => new Set(['Pod/shop/pay-1']) };
    const sharing = (how: 'namespace' | 'cluster'): CauseGraph =>
      join(
        [unbound, empty],
        [check('service/a', { explains: [{ check: 'service/b', sharing: how }] })],
        SECOND,
        related,
      );
    expect(causesOf(sharing('namespace'), empty.key)).toEqual([]);
    expect(causesOf(sharing('cluster'), empty.key)).toEqual([]);
  });

  it('of a whole namespace or cluster falls where a nearer cause is found', () => {
    const lost = finding('service/far', service('far'));
    const weak = check('service/far', { explains: [{ check: 'service/b', sharing: 'cluster' }] });
    const alone = causeGraph([lost, empty], [weak], SECOND);
    expect(causesOf(alone, empty.key)).toEqual([lost.key]);
    expect(causesOf(causeGraph([lost, mismatch, empty], [weak, ...checks], SECOND), empty.key)).toEqual([
      mismatch.key,
    ]);
  });

  it('keeps two sufficient causes', () => {
    const second = finding('service/c', service('pay'));
    const graph = causeGraph(
      [mismatch, second, empty],
      [...checks, check('service/c', { explains: ['service/b'] })],
      SECOND,
    );
    expect(causesOf(graph, empty.key)).toEqual([mismatch.key, second.key]);
  });

  it('never leads to or from advice', () => {
    const hint = { ...mismatch, role: 'advice' as const };
    expect(causesOf(causeGraph([hint, empty], checks, SECOND), empty.key)).toEqual([]);
  });
});

describe('time', () => {
  const edges = (cause: ReturnType<typeof at>, consequence: ReturnType<typeof at>): number =>
    causesOf(
      causeGraph(
        [
          { ...mismatch, since: cause },
          { ...empty, since: consequence },
        ],
        checks,
        SECOND,
      ),
      empty.key,
    ).length;

  it('drops an edge when the cause must have begun after its consequence', () => {
    expect(edges(at('14:00:05'), at('14:00:00'))).toBe(0);
  });

  it('keeps it within the tolerance, and as long as the intervals meet', () => {
    expect(edges(at('14:00:01'), at('14:00:00'))).toBe(1);
    expect(edges(at('14:00:00', '14:10:00'), at('14:05:00'))).toBe(1);
    expect(edges(at('14:00:00'), at('14:30:00'))).toBe(1);
  });

  it('drops what leads from a late cause over something undated to what is older', () => {
    const late = { ...mismatch, since: at('14:10:00') };
    const old = finding('service/c', service('pay'), { role: 'symptom', since: at('14:00:00') });
    const three = [
      ...checks.slice(0, 1),
      check('service/b', { explains: ['service/c'] }),
      check('service/c'),
    ];
    const graph = (first: typeof late): CauseGraph => causeGraph([first, empty, old], three, SECOND);
    expect(causesOf(graph(late), empty.key)).toEqual([late.key]);
    expect(causesOf(graph(late), old.key)).toEqual([]);
    expect(causesOf(graph({ ...late, since: at('13:59:00') }), old.key)).toEqual([empty.key]);
  });

  it('keeps it when either is not known', () => {
    expect(edges({ basis: 'unknown' }, at('14:00:00'))).toBe(1);
    expect(edges(at('14:00:00'), { basis: 'unknown' })).toBe(1);
  });
});

describe('a circle', () => {
  const a = finding('x/a', service('pay'), { since: at('14:00:10') });
  const b = finding('x/b', service('pay'), { since: at('14:00:10', '14:00:20') });
  const c = finding('x/c', service('pay'), { since: { ...at('14:00:09', '14:00:11') } });
  const around = [
    check('x/a', { explains: ['x/b'] }),
    check('x/b', { explains: ['x/c'] }),
    check('x/c', { explains: ['x/a'] }),
  ];

  it('is cut at the earliest onset, and says so', () => {
    const graph = causeGraph([a, b, c], around, 2 * SECOND);
    expect([...graph.cut.keys()]).toEqual([c.key]);
    expect(causesOf(graph, c.key)).toEqual([]);
    expect(causesOf(graph, a.key)).toEqual([c.key]);
    expect(causesOf(graph, b.key)).toEqual([a.key]);
  });

  it('gives a closure that ends', () => {
    const graph = causeGraph([a, b, c], around, 2 * SECOND);
    expect([...graph.closure(c.key)].toSorted()).toEqual([a.key, b.key, c.key]);
    expect([...graph.closure(b.key)]).toEqual([b.key]);
  });

  it('does not cut what has none', () => {
    expect(causeGraph([mismatch, empty], checks, SECOND).cut.size).toBe(0);
  });
});
