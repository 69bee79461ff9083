import { describe, expect, it } from 'vitest';
import { checks } from '../../../analyze/checks/registry.ts';
import { verdictSchema, type Verdict } from '../../../analyze/model/verdict.ts';
import { reportFormats } from '../../../analyze/report/formats/registry.ts';
import { headline } from '../../../analyze/report/headline.ts';
import { busyNamespace } from '../../support/busy-namespace.ts';
import type { EvidenceGiven } from '../../support/evidence.ts';
import { verdictOf } from '../../support/judged.ts';
import { endpoint, pod, replicaSet, service, slice, workload } from '../../support/kube-objects.ts';

function drawn(id: string, verdict: Verdict): string {
  const format = reportFormats.find((one) => one.id === id);
  if (format === undefined) throw new Error(`there is no format ${id}`);
  return format.render(verdict, { source: 'bundle.tar.gz' });
}

const well: EvidenceGiven = {
  objects: [
    service('pay', { app: 'pay' }),
    slice('pay', [endpoint('pay-a')]),
    workload('pay', { pods: { app: 'pay' } }),
    replicaSet('pay', 1, { app: 'pay' }, '12:00:00', 1),
    pod('pay-a', { labels: { app: 'pay' }, owner: ['ReplicaSet', 'pay-1'] }),
  ],
};

describe('text', () => {
  it('begins with at most ten lines that tell it all', () => {
    const verdict = verdictOf(busyNamespace());
    const lines = headline(verdict);
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(drawn('text', verdict).split('\n').slice(0, lines.length)).toEqual(lines);
    const labels = lines.map((line) => line.slice(0, 12).trim());
    for (const label of [
      'Root cause:',
      'Evidence:',
      'Since:',
      'Changed:',
      'Took down:',
      'Confirm:',
      'Mend:',
      'Not judged:',
    ]) {
      expect(labels).toContain(label);
    }
  });

  it('says what several ports of one Service share once', () => {
    const ports = [80, 81].map((port) => ({ name: `p${port}`, port, targetPort: port, protocol: 'UDP' }));
    const objects = [
      service('pay', { app: 'pay' }, { spec: { ports } }),
      pod('pay-a', { labels: { app: 'pay' } }),
    ];
    const verdict = verdictOf({ objects });
    const first = verdict.unknown.find(({ check }) => check === 'service/protocol');
    if (first === undefined) throw new Error('nothing is unknown');
    const twice = { ...verdict, unknown: [first, first] };
    const lines = drawn('text', twice)
      .split('\n')
      .filter((line) => line.startsWith('- service/protocol for'));
    expect(lines).toHaveLength(1);
    expect(drawn('text', twice)).toContain('Could not be judged (1 question)');
  });

  it('says well only of what was judged, and names what was not', () => {
    const text = drawn('text', verdictOf(well));
    expect(text).toContain('none found');
    for (const { id } of checks) expect(text).toContain(id);
    expect(text).toMatch(/Not judged: .*(dns|policy)/);
  });

  it('never says well of what could not be judged', () => {
    const text = drawn('text', verdictOf({ ...well, lists: { pods: 'forbidden' } }));
    expect(text).toContain('list:pods');
    expect(headline(verdictOf({ ...well, lists: { pods: 'forbidden' } })).join('\n')).not.toMatch(
      /Judged: .*pod\/not-ready/,
    );
  });

  it('leads with what is unexplained when there is no root', () => {
    const sick = pod('pay-a', {
      labels: { app: 'pay' },
      owner: ['ReplicaSet', 'pay-1'],
      ready: false,
      since: '14:00:00',
    });
    const verdict = verdictOf({ objects: [...(well.objects ?? []).slice(0, 4), sick] });
    expect(verdict.roots).toEqual([]);
    expect(drawn('text', verdict)).toMatch(/Unexplained: .*not Ready/);
  });

  it('lets no escape sequence of a bundle through', () => {
    const evil = '\u001b[2Jpay\u202e';
    const verdict = verdictOf({
      objects: [
        service('pay', { app: evil }),
        slice('pay', [], { generation: 3 }),
        pod('pay-a', { labels: { app: evil.toUpperCase() } }),
      ],
      gaps: [
        {
          key: `log:${evil}`,
          evidence: 'log',
          subject: {},
          reason: 'error',
          detail: evil,
          at: '2026-05-01T14:30:00Z',
        },
      ],
    });
    expect(drawn('text', verdict)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('json', () => {
  it('is the verdict itself', () => {
    const verdict = verdictOf(busyNamespace());
    expect(verdictSchema.parse(JSON.parse(drawn('json', verdict)))).toEqual(verdict);
  });
});

interface Sarif {
  readonly version: string;
  readonly runs: ReadonlyArray<{
    readonly tool: {
      readonly driver: { readonly name: string; readonly rules: ReadonlyArray<{ id: string }> };
    };
    readonly results: ReadonlyArray<{
      readonly ruleId: string;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: ReadonlyArray<{
        readonly physicalLocation?: { readonly artifactLocation: { readonly uri: string } };
      }>;
      readonly partialFingerprints: Readonly<Record<string, string>>;
    }>;
  }>;
}

describe('sarif', () => {
  it('has a rule a check and a result a finding, each with a place in the bundle', () => {
    const verdict = verdictOf(busyNamespace());
    const log = JSON.parse(drawn('sarif', verdict)) as Sarif;
    expect(log.version).toBe('2.1.0');
    const [run] = log.runs;
    const rules = run?.tool.driver.rules.map(({ id }) => id) ?? [];
    expect(rules).toEqual(checks.map(({ id }) => id));
    expect(run?.results.map(({ partialFingerprints }) => Object.values(partialFingerprints)[0])).toEqual(
      verdict.findings.map(({ key }) => key),
    );
    for (const result of run?.results ?? []) {
      expect(rules).toContain(result.ruleId);
      expect(['error', 'warning', 'note']).toContain(result.level);
      expect(result.locations[0]?.physicalLocation?.artifactLocation.uri).toMatch(/^[^:\\]+$/);
    }
  });
});
