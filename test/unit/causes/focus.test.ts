/** What the caller knows to be broken: its roots first, what passed and what is unknown, and why a check found nothing. */
import { describe, expect, it } from 'vitest';
import { focusOf } from '../../../analyze/causes/focus.ts';
import { answerFocus } from '../../../analyze/causes/focus-answer.ts';
import { whyNot } from '../../../analyze/causes/why-not.ts';
import { allFacts } from '../../../analyze/facts/facts.ts';
import { judge } from '../../../analyze/judge.ts';
import type { WhyNot } from '../../../analyze/model/focus.ts';
import { verdictSchema, type Verdict } from '../../../analyze/model/verdict.ts';
import { checkNamed } from '../../../analyze/report/catalogue.ts';
import text from '../../../analyze/report/formats/text.ts';
import { whyNotText } from '../../../analyze/report/why-not.ts';
import { storeFrom, type EvidenceGiven } from '../../support/evidence.ts';
import { endpoint, ingress, pod, replicaSet, service, slice, workload } from '../../support/kube-objects.ts';

const WEB = { app: 'web' };
/** web is well and calls db; db's selector is wrong; lone has nothing to do with either and its selector is wrong too. */
const given: EvidenceGiven = {
  objects: [
    service('web', WEB),
    slice('web', [endpoint('web-a')]),
    workload('web', {
      pods: WEB,
      containers: [{ name: 'app', env: [{ name: 'DB', value: 'db:5432' }] }],
    }),
    replicaSet('web', 1, WEB, '12:00:00', 1),
    pod('web-a', {
      labels: WEB,
      owner: ['ReplicaSet', 'web-1'],
      app: { readinessProbe: { tcpSocket: { port: 8080 } } },
    }),
    ingress('edge', 'web'),
    ...['db', 'lone'].flatMap((name) => [
      service(name, { app: `${name}-v1` }),
      slice(name, [], { generation: 3 }),
      workload(name, { pods: { app: `${name}-v2` } }),
      replicaSet(name, 1, { app: `${name}-v1` }, '12:00:00'),
      replicaSet(name, 2, { app: `${name}-v2` }, '13:00:00', 1),
      pod(`${name}-a`, { labels: { app: `${name}-v2` }, owner: ['ReplicaSet', `${name}-2`] }),
    ]),
  ],
};
const DB = 'service/selector-mismatch:Service/shop/db';
const LONE = 'service/selector-mismatch:Service/shop/lone';

function asked(focus: string, more: EvidenceGiven = {}): Verdict {
  const store = storeFrom({ ...given, ...more });
  try {
    const facts = allFacts(store);
    return verdictSchema.parse(answerFocus(judge(store), focusOf(focus, facts), facts));
  } finally {
    store.close();
  }
}

describe('focus', () => {
  it('puts what leads to it first, and keeps the rest', () => {
    expect(asked('svc/lone').roots).toEqual([LONE, DB]);
    expect(asked('svc/db').roots).toEqual([DB, LONE]);
    expect(asked('svc/lone').focus?.summary).toContain('svc/lone is broken by: ');
  });

  it('names the root of what it depends on, and over which Service', () => {
    const verdict = asked('svc/web');
    expect(verdict.focus?.roots).toEqual([{ finding: DB, through: 'Service shop/db' }]);
    expect(verdict.roots[0]).toBe(DB);
    expect(asked('shop.example').focus?.roots).toEqual([{ finding: DB, through: 'Service shop/db' }]);
    expect(asked('pod/web-a').focus?.roots).toEqual([{ finding: DB, through: 'Service shop/db' }]);
  });

  it('says what passed and what is unknown where nothing was found', () => {
    const fine = { ...given, objects: (given.objects ?? []).slice(0, 6) };
    const { focus, roots } = asked('svc/web', fine);
    expect([focus?.roots, roots]).toEqual([[], []]);
    expect(focus?.layers.service).toEqual({ status: 'pass' });
    expect(focus?.layers.dns).toEqual({ status: 'unknown', because: 'no-check' });
    expect(focus?.summary).toMatch(/^nothing wrong was found on svc\/web\. Passed: .*service/);
  });

  it('of a workload or a node is of its pods, and of the Services that take them', () => {
    expect(asked('deploy/web').focus?.roots).toEqual([{ finding: DB, through: 'Service shop/db' }]);
    // What has no Service any more is still what the selector missed.
    expect(asked('deploy/lone').focus?.roots).toEqual([{ finding: LONE }]);
    const node = asked('node/node-1').focus;
    expect(node?.roots.map(({ finding }) => finding)).toEqual([DB, LONE]);
    expect(node?.summary).toMatch(/^what runs on node\/node-1 is broken by: /);
  });

  it('takes an address as it is pasted', () => {
    expect(asked('https://shop.example/pay?x=1').focus?.roots[0]?.finding).toBe(DB);
    expect(asked('SHOP.example').focus?.roots[0]?.finding).toBe(DB);
  });

  it('of a namespace is of everything in it', () => {
    expect(asked('ns/shop').focus?.roots.map(({ finding }) => finding)).toEqual([DB, LONE]);
  });

  it('comes before the headline in text', () => {
    expect(text.render(asked('svc/lone'), { source: 'x' })).toMatch(
      /^Focus: +svc\/lone is broken by: .*\nLayers: .*\n\nRoot cause: .*lone/,
    );
  });

  it.each([
    ['svc/lonne', 'focus-unknown', /did you mean svc\/lone\?/],
    ['svc/shop/lonne', 'focus-unknown', /did you mean svc\/shop\/lone\?/],
    [
      'svc/nowhere-near',
      'focus-unknown',
      /may not have been captured.*; it holds svc\/db, svc\/lone, svc\/web\./,
    ],
    ['pod/web', 'focus-unknown', /did you mean pod\/web-a\?/],
    ['deploy/wbe', 'focus-unknown', /it holds deploy\/db, deploy\/lone, deploy\/web\./],
    ['node/n', 'focus-unknown', /may not have been captured/],
    ['ns/shpo', 'focus-unknown', /ns\/shop/],
    ['db', 'focus-unknown', /did you mean svc\/db, deploy\/db\?/],
    ['ns/a/b', 'bad-focus', /ns\/NAME/],
    ['pod/', 'bad-focus', /svc\/NAME/],
    ['cm/settings', 'bad-focus', /svc\/NAME/],
    ['shop.exampel', 'focus-unknown', /did you mean shop.example/],
    ['svc/a/b/c', 'bad-focus', /svc\/NAME/],
  ])('%s is refused as %s', (focus, code, hint) => {
    expect(() => asked(focus)).toThrow(expect.objectContaining({ code, hint: expect.stringMatching(hint) }));
  });

  it('asks which, where a name is in several namespaces', () => {
    const twice = { objects: [...(given.objects ?? []), service('web', WEB, { namespace: 'bank' })] };
    expect(() => asked('svc/web', twice)).toThrow(expect.objectContaining({ code: 'focus-ambiguous' }));
    expect(asked('svc/shop/web', twice).focus?.object?.namespace).toBe('shop');
  });
});

describe('why not', () => {
  function answer(id: string, focus: string | undefined, more: EvidenceGiven = {}): WhyNot {
    const store = storeFrom({ ...given, ...more });
    try {
      const facts = allFacts(store);
      return whyNot(checkNamed(id), facts, focus === undefined ? undefined : focusOf(focus, facts));
    } finally {
      store.close();
    }
  }

  it('says what spoke against the fault, of the focus alone', () => {
    const { answers } = answer('service/selector-mismatch', 'svc/web');
    expect(answers).toEqual([
      { object: 'Service/shop/web', outcome: 'pass', because: 'the selector takes 1 living pod' },
    ]);
    expect(answer('service/selector-mismatch', undefined).answers.map(({ outcome }) => outcome)).toEqual([
      'fail',
      'fail',
      'pass',
    ]);
  });

  it('says what was missing', () => {
    const blind = answer('service/selector-mismatch', 'svc/web', { lists: { pods: 'forbidden' } });
    expect(blind.evidence.find(({ need }) => need === 'list:pods')).toMatchObject({
      needed: true,
      gap: 'list:pods',
    });
    expect(blind.answers.map(({ outcome }) => outcome)).toEqual(['unknown']);
    expect(whyNotText(blind)).toContain('list:pods (needed)');
  });

  it('draws the pods behind a Service into its focus', () => {
    expect(answer('pod/crash-loop', 'svc/web').answers).toEqual([
      { object: 'Pod/shop/web-a', outcome: 'pass', because: 'every container runs, and none was restarted' },
    ]);
  });
});
