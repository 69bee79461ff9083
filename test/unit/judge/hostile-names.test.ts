/** Names that no API server would take reach neither the terminal nor a shell as anything but text. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../../analyze/judge.ts';
import { verdictSchema, type Verdict } from '../../../analyze/model/verdict.ts';
import { reportFormats } from '../../../analyze/report/formats/registry.ts';
import { storeFrom, type KubeObject } from '../../support/evidence.ts';
import { ingress, on, pod, replicaSet, service, slice, workload } from '../../support/kube-objects.ts';

const ESCAPE = '\u001b]0;title\u0007\u001b[31m\u009b2J';

/** A selector mismatch over pods that crash, all of it called like this. */
function verdictOf(name: string, before: Record<string, string>, after: Record<string, string>): Verdict {
  const container = {
    ready: false,
    restartCount: 9,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: {
      terminated: { exitCode: 1, reason: ESCAPE, startedAt: on('14:27:00'), finishedAt: on('14:28:00') },
    },
  };
  const old = replicaSet(name, 1, {}, '12:00:00');
  const objects: KubeObject[] = [
    service(name, before),
    slice(name, [], { generation: 3 }),
    workload(name, { pods: {} }),
    { ...old, spec: { replicas: 0, template: { metadata: { labels: before } } } },
    replicaSet(name, 2, after, '14:20:00', 1),
    pod(name, { labels: after, owner: ['ReplicaSet', `${name}-2`], ready: false, reason: ESCAPE, container }),
    ingress(name, name),
  ];
  const [, , deployment] = objects;
  if (deployment !== undefined) {
    objects[2] = { ...deployment, spec: { replicas: 1, template: { metadata: { labels: after } } } };
  }
  const store = storeFrom({ objects });
  try {
    return verdictSchema.parse(judge(store));
  } finally {
    store.close();
  }
}

const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

describe.each([
  `pay${ESCAPE}`,
  '\u202egnp',
  'a\n== Root cause 7',
  '__proto__',
  "p'; id #",
  '$(id)',
  '\u061cpay',
])('everything called %j', (name) => {
  it.each(reportFormats)('as $id', ({ render }) => {
    const verdict = verdictOf(name, { app: `${name}-v1` }, { app: `${name}-v2` });
    expect(verdict.findings.length).toBeGreaterThan(2);
    const text = render(verdict, { source: name });
    expect(text).not.toMatch(OBEYED);
    expect(text).not.toMatch(/^== Root cause 7/m);
  });
});

describe('a remedy', () => {
  it('takes no name for a flag', () => {
    const { findings } = verdictOf('--server=http://evil', { app: 'a-v1' }, { app: 'a-v2' });
    const commands = findings.flatMap(({ remedy }) => [...remedy.confirm, ...remedy.mend]);
    expect(commands.length).toBeGreaterThan(4);
    for (const command of commands) expect(command).not.toMatch(/ '?--server/);
  });

  it('writes a key called __proto__ like any other', () => {
    const labels = (version: string): Record<string, string> =>
      JSON.parse(`{"__proto__":"pay-${version}"}`) as Record<string, string>;
    const { findings } = verdictOf('pay', labels('v1'), labels('v2'));
    expect(findings[0]?.remedy.mend[0]).toContain('{"spec":{"selector":{"__proto__":"pay-v2"}}}');
  });

  it('patches nothing where the labels tell nothing', () => {
    const { findings } = verdictOf('pay', { app: 'x1', role: 'y' }, { tier: 'back' });
    expect(findings[0]?.check).toBe('service/selector-mismatch');
    expect(findings[0]?.remedy.mend.join()).not.toContain('patch');
    expect(findings[0]?.remedy.mend.join()).toContain('rollout undo');
  });
});
