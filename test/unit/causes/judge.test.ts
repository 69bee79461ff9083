import { describe, expect, it } from 'vitest';
import type { Check } from '../../../analyze/checks/check.ts';
import { judge } from '../../../analyze/judge.ts';
import { verdictSchema, type Verdict } from '../../../analyze/model/verdict.ts';
import { storeFrom, type EvidenceGiven } from '../../support/evidence.ts';
import { at, check, found, pod, service } from './findings.ts';

function verdictOf(given: EvidenceGiven, checks: readonly Check[]): Verdict {
  const store = storeFrom(given);
  try {
    return verdictSchema.parse(judge(store, checks));
  } finally {
    store.close();
  }
}

const meta = (name: string, namespace = 'shop'): object => ({ name, namespace, uid: `${namespace}-${name}` });
const paying = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('pay'),
  spec: { selector: { app: 'pay' }, ports: [{ port: 80 }] },
};
const cart = {
  ...paying,
  metadata: meta('cart'),
  spec: { selector: { app: 'cart' }, ports: [{ port: 80 }, { port: 443, name: 'tls' }] },
};

describe('the frame', () => {
  it('says nothing of a cluster in which no check finds anything', () => {
    const verdict = verdictOf({ objects: [paying] }, [check('service/a')]);
    expect(verdict.roots).toEqual([]);
    expect(verdict.findings).toEqual([]);
    expect(verdict.checks).toEqual([{ id: 'service/a', outcome: 'pass', failed: 0, passed: 0, unknown: 0 }]);
  });

  it('keeps a throw out of the findings', () => {
    const verdict = verdictOf({}, [
      check('service/a', {
        run: () => {
          throw new Error('a bug');
        },
      }),
    ]);
    expect(verdict.errors).toEqual([{ check: 'service/a', message: 'a bug' }]);
    expect(verdict.checks[0]?.outcome).toBe('error');
    expect(verdict.findings).toEqual([]);
  });

  it('makes reading what was not declared an error', () => {
    const verdict = verdictOf({}, [check('service/a', { run: (facts) => (facts.pods.all, []) })]);
    expect(verdict.errors[0]?.message).toBe('service/a reads list:pods without declaring it');
  });

  it('ranks a cause above its symptom, and never makes a symptom a root', () => {
    const verdict = verdictOf({ objects: [paying] }, [
      check('service/b', {
        role: 'symptom',
        run: () => [{ outcome: 'fail', finding: found(service('pay')) }],
      }),
      check('service/a', {
        explains: ['service/b'],
        run: () => [{ outcome: 'fail', finding: found(service('pay')) }],
      }),
    ]);
    expect(verdict.roots).toEqual(['service/a:Service/shop/pay']);
    expect(verdict.unexplained).toEqual([]);
    expect(verdict.findings.map(({ key, causes }) => [key, causes])).toEqual([
      ['service/a:Service/shop/pay', []],
      ['service/b:Service/shop/pay', ['service/a:Service/shop/pay']],
    ]);
  });

  it('lists a symptom that nothing explains', () => {
    const verdict = verdictOf({ objects: [paying] }, [
      check('service/b', {
        role: 'symptom',
        run: () => [{ outcome: 'fail', finding: found(service('pay')) }],
      }),
    ]);
    expect([verdict.roots, verdict.unexplained]).toEqual([[], ['service/b:Service/shop/pay']]);
  });

  it('ranks by the paths a root breaks, then by time', () => {
    const on = (name: string, from: string): Check =>
      check(`service/${name}`, {
        run: () => [{ outcome: 'fail', finding: found(service(name), { since: at(from) }) }],
      });
    const verdict = verdictOf({ objects: [paying, cart] }, [on('pay', '14:00:00'), on('cart', '14:10:00')]);
    expect(verdict.roots).toEqual(['service/cart:Service/shop/cart', 'service/pay:Service/shop/pay']);
    const equal = verdictOf({ objects: [paying] }, [on('cart', '14:10:00'), on('pay', '14:00:00')]);
    expect(equal.roots[0]).toBe('service/pay:Service/shop/pay');
    expect(verdictOf({}, [on('cart', '14:10:00'), on('pay', '14:00:00')]).roots).toEqual([
      'service/pay:Service/shop/pay',
      'service/cart:Service/shop/cart',
    ]);
  });

  it('never makes advice a root', () => {
    const verdict = verdictOf({ objects: [paying] }, [
      check('service/a', {
        run: () => [
          { outcome: 'fail', finding: found(service('pay'), { role: 'advice', severity: 'advice' }) },
        ],
      }),
    ]);
    expect([verdict.roots, verdict.unexplained, verdict.findings.length]).toEqual([[], [], 1]);
    expect(verdict.paths[0]?.layers.service).toBe('pass');
  });
});

describe('a gap', () => {
  const failing = (more: Partial<Check> = {}): Check =>
    check('service/a', {
      needs: ['list:services', 'list:pods'],
      run: () => [{ outcome: 'fail', finding: found(service('pay')) }],
      ...more,
    });

  it('in a whole need leaves the check unknown and unrun', () => {
    const verdict = verdictOf({ objects: [paying], lists: { pods: 'forbidden' } }, [
      failing({
        run: () => {
          throw new Error('it ran');
        },
      }),
    ]);
    expect(verdict.errors).toEqual([]);
    expect(verdict.unknown.map(({ check, because }) => [check, because])).toEqual([
      ['service/a', 'list:pods'],
    ]);
    expect(verdict.checks[0]?.outcome).toBe('unknown');
    expect(verdict.paths[0]?.because.service).toBe('list:pods');
  });

  it('in part of a need turns a fail that rests on absence into unknown', () => {
    const verdict = verdictOf({ objects: [paying], lists: { pods: 'partial' } }, [failing()]);
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown.some(({ object }) => object?.name === 'pay')).toBe(true);
  });

  it('leaves a fail standing that rests on what is there', () => {
    const verdict = verdictOf({ objects: [paying], lists: { pods: 'partial' } }, [
      failing({ holdsDespite: ['list:pods'] }),
    ]);
    expect(verdict.roots).toEqual(['service/a:Service/shop/pay']);
  });

  it('of one namespace leaves the others judged', () => {
    const elsewhere = { ...paying, metadata: meta('pay', 'bank') };
    const verdict = verdictOf(
      {
        objects: [paying, elsewhere],
        lists: { pods: [{ outcome: 'failed' }, { outcome: 'complete', namespace: 'shop' }] },
      },
      [
        failing({
          run: () => [
            { outcome: 'fail', finding: found(service('pay')) },
            { outcome: 'fail', finding: found(service('pay', 'bank')) },
          ],
        }),
      ],
    );
    expect(verdict.roots).toEqual(['service/a:Service/shop/pay']);
    expect(verdict.unknown.some(({ object }) => object?.namespace === 'bank')).toBe(true);
  });

  it('in evidence that is only of use decides nothing', () => {
    const verdict = verdictOf({ objects: [paying], lists: { events: 'forbidden' } }, [
      failing({
        uses: ['list:events'],
        run: (facts) => (facts.events(service('pay')), [{ outcome: 'pass', object: service('pay') }]),
      }),
    ]);
    expect(verdict.unknown).toEqual([]);
    expect(verdict.checks[0]?.passed).toBe(1);
  });

  it('and an empty list never look alike', () => {
    const empty = verdictOf({ objects: [paying] }, [failing()]);
    const absent = verdictOf({ objects: [paying], lists: { pods: 'absent' } }, [failing()]);
    expect(empty.roots).toHaveLength(1);
    expect(absent.roots).toEqual([]);
    expect(absent.unknown[0]?.because).toBe('not-captured:pods');
  });
});

describe('paths', () => {
  it('tell each port of a Service apart', () => {
    const verdict = verdictOf({ objects: [cart] }, [
      check('service/a', {
        run: () => [{ outcome: 'fail', finding: found(service('cart'), { part: 'tls' }) }],
      }),
    ]);
    expect(verdict.paths.map(({ key, layers }) => [key, layers.service])).toEqual([
      ['service/shop/cart:80', 'pass'],
      ['service/shop/cart:443', 'fail'],
    ]);
  });

  it('say that nobody judges a layer, and that they do not cross the edge', () => {
    const [path] = verdictOf({ objects: [paying] }, [check('service/a')]).paths;
    expect(path?.layers).toEqual({
      platform: 'unknown',
      pod: 'unknown',
      service: 'pass',
      policy: 'unknown',
      dns: 'unknown',
      edge: 'none',
    });
    expect(path?.because).toMatchObject({ policy: 'no-check', dns: 'no-check', platform: 'no-check' });
  });

  it('come in from an Ingress too', () => {
    const ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: meta('web'),
      spec: {
        rules: [
          {
            host: 'shop.example',
            http: {
              paths: [
                {
                  path: '/pay',
                  pathType: 'Prefix',
                  backend: { service: { name: 'pay', port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    };
    const { paths } = verdictOf({ objects: [paying, ingress] }, [check('service/a')]);
    expect(paths.map(({ key }) => key)).toEqual(['service/shop/pay:80', 'ingress/shop/web#shop.example/pay']);
    expect(paths[1]).toMatchObject({
      host: 'shop.example',
      service: 'shop/pay',
      layers: { edge: 'unknown', service: 'pass' },
    });
  });
});

describe('a masked fault', () => {
  const crashing = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta('pay-1'), labels: { app: 'pay-v2' } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] },
  };
  const checks = [
    check('service/a', {
      explains: ['service/b'],
      run: () => [{ outcome: 'fail', finding: found(service('pay'), { involves: [pod('pay-1')] }) }],
    }),
    check('service/b', { role: 'symptom', run: () => [{ outcome: 'fail', finding: found(service('pay')) }] }),
    check('pod/a', { layer: 'pod', run: () => [{ outcome: 'fail', finding: found(pod('pay-1')) }] }),
  ];

  it('is what stops the path once the first is mended', () => {
    const verdict = verdictOf({ objects: [paying, crashing] }, checks);
    const first = verdict.findings.find(({ check }) => check === 'service/a');
    expect(first?.masks).toEqual(['pod/a:Pod/shop/pay-1']);
    expect(verdict.roots).toEqual(['service/a:Service/shop/pay', 'pod/a:Pod/shop/pay-1']);
    expect(verdict.paths[0]?.layers).toMatchObject({ service: 'fail', pod: 'fail' });
  });

  it('is none while another pod could serve', () => {
    const well = {
      ...crashing,
      metadata: { ...meta('pay-2'), labels: { app: 'pay-v2' } },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    };
    const [first, ...rest] = checks;
    const both = check('service/a', {
      ...first,
      run: () => [
        { outcome: 'fail', finding: found(service('pay'), { involves: [pod('pay-1'), pod('pay-2')] }) },
      ],
    });
    const verdict = verdictOf({ objects: [paying, crashing, well] }, [both, ...rest]);
    expect(verdict.findings.find(({ check }) => check === 'service/a')?.masks).toEqual([]);
    expect(verdict.paths[0]?.layers.pod).toBe('pass');
  });
});

describe('suspects', () => {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...meta('pay'),
      creationTimestamp: '2026-05-01T12:00:00Z',
      managedFields: [
        {
          manager: 'kubectl-patch',
          operation: 'Update',
          time: '2026-05-01T14:00:00Z',
          fieldsV1: { 'f:spec': { 'f:template': {} } },
        },
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          subresource: 'status',
          time: '2026-05-01T14:00:30Z',
          fieldsV1: {},
        },
      ],
    },
    spec: { replicas: 1 },
  };
  const deploymentRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'pay' };
  const unrelated = {
    ...deployment,
    metadata: { ...deployment.metadata, name: 'cart', uid: 'cart-deployment' },
  };
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...meta('settings'),
      creationTimestamp: '2026-05-01T12:00:00Z',
      managedFields: [{ manager: 'helm', operation: 'Update', time: '2026-05-01T13:50:00Z', fieldsV1: {} }],
    },
  };
  const late = {
    ...config,
    metadata: {
      ...config.metadata,
      name: 'late',
      uid: 'late',
      managedFields: [{ manager: 'helm', operation: 'Update', time: '2026-05-01T14:20:00Z', fieldsV1: {} }],
    },
  };

  it('are what changed last before the root began, the nearest first, without what controllers write', () => {
    const verdict = verdictOf({ objects: [paying, cart, deployment, unrelated, config, late] }, [
      check('service/a', {
        run: () => [
          {
            outcome: 'fail',
            finding: found(service('pay'), { since: at('14:00:01'), involves: [deploymentRef] }),
          },
        ],
      }),
    ]);
    expect(
      verdict.suspects['service/a:Service/shop/pay']?.map(({ summary, beforeMs }) => [summary, beforeMs]),
    ).toEqual([
      ['kubectl-patch wrote Deployment pay', 1000],
      ['helm wrote ConfigMap settings', 611_000 - 10_000],
    ]);
  });

  it('are none for what began nobody knows when', () => {
    const verdict = verdictOf({ objects: [paying, deployment] }, [
      check('service/a', { run: () => [{ outcome: 'fail', finding: found(service('pay')) }] }),
    ]);
    expect(verdict.suspects).toEqual({ 'service/a:Service/shop/pay': [] });
  });
});
