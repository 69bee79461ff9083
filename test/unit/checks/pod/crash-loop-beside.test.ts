/** What stands beside a container that dies: a volume in the way of its program, a template that has moved on. */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/crash-loop.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { on, pod, workload } from '../../../support/kube-objects.ts';
import { theFinding } from '../judging.ts';
import { owners } from './pod-support.ts';

function dying(name: string, container: Readonly<Record<string, unknown>>, more: object = {}): KubeObject {
  return pod(name, { owner: ['ReplicaSet', 'pay-1'], ready: false, since: '14:00:03', container, ...more });
}

const waiting = { waiting: { reason: 'CrashLoopBackOff' } };
const loop = {
  restartCount: 7,
  state: waiting,
  lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: on('14:27:02') } },
};

describe('a volume in the way', () => {
  const start = (said: string, mountPath: string, volume: object = { emptyDir: {} }): KubeObject[] => {
    const last = {
      exitCode: 128,
      reason: 'StartError',
      message: `unable to start container process: ${said}`,
      finishedAt: on('14:29:50'),
    };
    return [
      ...owners,
      dying(
        'pay-a',
        { restartCount: 4, state: waiting, lastState: { terminated: last } },
        {
          spec: {
            containers: [{ name: 'app', volumeMounts: [{ name: 'work', mountPath }] }],
            volumes: [{ name: 'work', ...volume }],
          },
        },
      ),
    ];
  };
  const absent = 'exec: "/app/serve": stat /app/serve: no such file or directory';
  const denied = 'exec: "/app/serve": permission denied';

  it.each<[string, KubeObject[], string, string]>([
    [
      'hides a program',
      start(absent, '/app/'),
      'volume work, mounted at /app/, does not have it',
      'Mount the volume elsewhere',
    ],
    [
      'hides where programs are',
      start('exec: "node": executable file not found in $PATH', '/usr/local/bin'),
      'its command node is not there: volume work',
      'Mount the volume elsewhere',
    ],
    [
      'gives a mode that does not allow it',
      start(denied, '/app', { configMap: { name: 'scripts' } }),
      'it is a file of volume work, whose defaultMode does not allow that',
      'configMap.defaultMode of volume work',
    ],
    [
      'gives a mode that does allow it, so that something else does not',
      start(denied, '/app', { configMap: { name: 'scripts', defaultMode: 0o755 } }),
      'its command /app/serve may not be executed',
      'Make the file executable in the image',
    ],
    [
      'gives a mode to single files',
      start(denied, '/app', {
        projected: {
          sources: [{ secret: { name: 's', items: [{ key: 'a', path: 'serve', mode: 0o500 }] } }],
        },
      }),
      'its command /app/serve may not be executed',
      'Make the file executable in the image',
    ],
    [
      'lies elsewhere',
      start(absent, '/data'),
      'its command /app/serve is not in the image',
      'Correct command',
    ],
    [
      'has a mode of its own',
      start(denied, '/app'),
      'its command /app/serve may not be executed',
      'Make the file executable in the image',
    ],
  ])('that %s', (_, objects, words, remedy) => {
    const finding = theFinding(check, objects);
    expect(finding.summary).toContain(words);
    expect(finding.remedy.summary).toContain(remedy);
  });
});

describe('a StatefulSet whose template has moved on', () => {
  const set = (more: object = {}): KubeObject => {
    const made = workload('db', { kind: 'StatefulSet', pods: { app: 'db' }, replicas: 2 });
    return { ...made, spec: { ...(made['spec'] as object), ...more }, status: { updateRevision: 'db-new' } };
  };
  const member = (revision: string): KubeObject =>
    dying('db-1', loop, { owner: ['StatefulSet', 'db'], labels: { 'controller-revision-hash': revision } });

  it('does not replace its pod, which is to be deleted', () => {
    const finding = theFinding(check, [set(), member('db-old')]);
    expect(finding.detail).toContain('The template is of another revision by now (db-new)');
    expect(finding.remedy.mend).toEqual(['kubectl -n shop delete pod db-1']);
  });

  it.each<[string, KubeObject[]]>([
    ['the pod is of its revision', [set(), member('db-new')]],
    [
      'the pod is below the partition',
      [set({ updateStrategy: { rollingUpdate: { partition: 2 } } }), member('db-old')],
    ],
  ])('is not told where %s', (_, objects) => {
    expect(theFinding(check, objects).remedy.mend).toEqual([]);
  });
});
