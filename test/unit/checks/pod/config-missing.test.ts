import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/config-missing.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf, waiting } from './pod-support.ts';

function keeper(kind: string, name: string, data: object = {}, namespace = 'shop'): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace, uid: `${kind}-${name}` }, data };
}
const CONFIG = 'CreateContainerConfigError';
const volumes = {
  volumes: [{ name: 'cfg', secret: { secretName: 'creds' } }],
  nodeName: 'node-1',
  containers: [{ name: 'app' }],
};

describe('fires', () => {
  it('and says that a watch saw it go', () => {
    const at = '2026-05-01T14:30:03Z';
    const object = { ...keeper('ConfigMap', 'settings') };
    const finding = theFinding(check, [waiting(CONFIG, 'configmap "settings" not found')], {
      changes: [{ at, type: 'DELETED', object }],
    });
    expect(finding.summary).toContain(`ConfigMap shop/settings is not there (it was deleted at ${at})`);
    expect(finding.evidence.map(({ kind }) => kind)).toContain('change');
  });

  it.each<[string, KubeObject[], string]>([
    [
      'a ConfigMap',
      [waiting(CONFIG, 'configmap "settings" not found')],
      'ConfigMap shop/settings is not there',
    ],
    ['a Secret', [waiting(CONFIG, 'secret "creds" not found')], 'Secret shop/creds is not there'],
    [
      'a key',
      [
        waiting(CONFIG, "couldn't find key dbUrl in ConfigMap shop/settings"),
        keeper('ConfigMap', 'settings', { dburl: 'x' }),
      ],
      'ConfigMap shop/settings, key dbUrl is not there (its key dburl is one step away)',
    ],
    [
      'a near miss',
      [waiting(CONFIG, 'configmap "setings" not found'), keeper('ConfigMap', 'settings')],
      'ConfigMap settings is there, one step away',
    ],
    [
      'another namespace',
      [waiting(CONFIG, 'secret "creds" not found'), keeper('Secret', 'creds', {}, 'other')],
      'there is one in namespace other',
    ],
    [
      'a mount',
      [
        waiting('ContainerCreating', ''),
        event(
          'Pod',
          'pay-a',
          'FailedMount',
          'MountVolume.SetUp failed for volume "cfg" : configmap "settings" not found',
          '14:20:00',
        ),
      ],
      'ConfigMap shop/settings',
    ],
    [
      'a mounted key',
      [
        waiting('ContainerCreating', '', { spec: volumes }),
        event(
          'Pod',
          'pay-a',
          'FailedMount',
          'MountVolume.SetUp failed for volume "cfg" : references non-existent secret key: token',
          '14:20:00',
        ),
      ],
      'Secret shop/creds, key token',
    ],
  ])('on %s that is missing', (_, objects, words) => {
    const finding = theFinding(check, [...owners, ...objects]);
    expect(finding).toMatchObject({
      key: 'pod/config-missing:Deployment/shop/pay',
      role: 'cause',
      severity: 'critical',
    });
    expect(finding.summary).toContain(words);
    expect(finding.evidence.length).toBeGreaterThan(0);
  });

  it('points at where it is named', () => {
    const app = { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }] };
    const finding = theFinding(check, [
      ...owners,
      waiting(CONFIG, 'configmap "settings" not found', { app }),
    ]);
    expect(finding.evidence.map(({ path }) => path)).toContain(
      'spec.containers[app].env[A].valueFrom.configMapKeyRef',
    );
  });
});

describe('what starts all the same', () => {
  const loop = {
    restartCount: 4,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: on('14:29:50') } },
  };
  const settings = keeper('ConfigMap', 'settings', { 'config.yml': 'x', DATABASE_URI: 'x' });
  const dies = (
    app: object,
    said: string,
    container: Readonly<Record<string, unknown>> = loop,
  ): [KubeObject[], object] => [
    [
      podOf({
        ready: false,
        container,
        spec: {
          containers: [{ name: 'app', ...app }],
          volumes: [{ name: 'cfg', configMap: { name: 'settings' } }],
        },
      }),
    ],
    {
      logs: [
        {
          namespace: 'shop',
          pod: 'pay-a',
          container: 'app',
          previous: true,
          text: `${on('14:29:49')} ${said}\n`,
        },
      ],
    },
  ];
  const mount = (subPath: string): object => ({
    volumeMounts: [{ name: 'cfg', mountPath: '/etc/app/config.yaml', subPath }],
  });
  const optional = (optional: boolean, key = 'DATABASE_URL'): object => ({
    env: [{ name: 'DATABASE_URL', valueFrom: { configMapKeyRef: { name: 'settings', key, optional } } }],
  });

  it.each<[string, [KubeObject[], object], string]>([
    [
      'a subPath, whose file is a directory',
      dies(mount('config.yaml'), 'Error: EISDIR: illegal operation on a directory, read'),
      'key config.yaml is not there (its key config.yml is one step away)',
    ],
    [
      'a subPath, whose path is named',
      dies(mount('config.yaml'), 'panic: cannot load /etc/app/config.yaml'),
      'key config.yaml is not there',
    ],
    [
      'an optional key, whose variable is named',
      dies(optional(true), "KeyError: 'DATABASE_URL'"),
      'key DATABASE_URL is not there (its key DATABASE_URI is one step away)',
    ],
  ])('dies of %s', (_, [objects, more], words) => {
    const finding = theFinding(check, [...owners, settings, ...objects], more);
    expect(finding).toMatchObject({ confidence: 'likely' });
    expect(finding.summary).toContain(`dies each time it is started: ConfigMap shop/settings, ${words}`);
  });

  it.each<[string, KubeObject[], [KubeObject[], object]]>([
    ['of a subPath that is there', [settings], dies(mount('config.yml'), 'Error: EISDIR')],
    ['and speaks of something else', [settings], dies(mount('config.yaml'), 'panic: nil map')],
    ['and names another variable', [settings], dies(optional(true), "KeyError: 'OTHER_DATABASE_URL'")],
    [
      'of an optional key that is there',
      [settings],
      dies(optional(true, 'DATABASE_URI'), "KeyError: 'DATABASE_URL'"),
    ],
    ['and the ConfigMap is not known', [], dies(mount('config.yaml'), 'Error: EISDIR')],
  ])('is well where it dies %s', (_, known, [objects, more]) => {
    expect(findings(check, [...owners, ...known, ...objects], more)).toEqual([]);
  });

  it('takes a name of a variable as it is written', () => {
    const env = [
      {
        name: 'app(db',
        valueFrom: { configMapKeyRef: { name: 'settings', key: 'DATABASE_URL', optional: true } },
      },
    ];
    const [objects, more] = dies({ env }, 'app(db is not set');
    expect(theFinding(check, [...owners, settings, ...objects], more).summary).toContain('DATABASE_URL');
  });

  it('is well where it runs', () => {
    const [objects, more] = dies(mount('config.yaml'), 'Error: EISDIR', {});
    expect(findings(check, [...owners, settings, ...objects], more)).toEqual([]);
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a running pod', [podOf()]],
    [
      'an object that was made meanwhile',
      [waiting(CONFIG, 'configmap "settings" not found'), keeper('ConfigMap', 'settings')],
    ],
    [
      'a container that must not run as root',
      [waiting(CONFIG, 'container has runAsNonRoot and image will run as root')],
    ],
    ['a pod that is being deleted', [waiting(CONFIG, 'secret "creds" not found', { deleted: '14:30:00' })]],
    [
      'a mount that failed before the pod ran',
      [
        podOf(),
        event(
          'Pod',
          'pay-a',
          'FailedMount',
          'MountVolume.SetUp failed for volume "cfg" : secret "creds" not found',
          '12:00:01',
        ),
      ],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, [...owners, ...objects])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
