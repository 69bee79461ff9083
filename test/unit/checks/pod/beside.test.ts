/** What is of one container of a pod, and not of those beside it. */
import { describe, expect, it } from 'vitest';
import dependency from '../../../../analyze/checks/pod/dependency-unreachable.ts';
import notReady from '../../../../analyze/checks/pod/not-ready.ts';
import probes from '../../../../analyze/checks/pod/probe-misconfigured.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on } from '../../../support/kube-objects.ts';
import { findings, theFinding } from '../judging.ts';
import { log, owners, podOf, sockets } from './pod-support.ts';

const refused = (port: number): string =>
  `Readiness probe failed: Get "http://10.244.0.9:${port}/ready": dial tcp 10.244.0.9:${port}: connect: connection refused`;

function unhealthy(message: string, container: string, last: string): KubeObject {
  const made = event('Pod', 'pay-a', 'Unhealthy', message, '14:00:00', { last, count: 90 });
  const involvedObject = { ...(made['involvedObject'] as object), fieldPath: `spec.${container}` };
  return { ...made, involvedObject };
}

describe('a sidecar that listens nowhere', () => {
  const sidecar = podOf({
    ready: false,
    app: { ports: [{ containerPort: 8080 }] },
    container: { ready: true },
    spec: {
      initContainers: [
        {
          name: 'proxy',
          restartPolicy: 'Always',
          readinessProbe: { httpGet: { path: '/ready', port: 15021 } },
        },
      ],
    },
    initContainers: [
      { name: 'proxy', ready: false, restartCount: 0, state: { running: { startedAt: on('12:00:00') } } },
    ],
  });
  const objects = [
    ...owners,
    sidecar,
    unhealthy(refused(15021), 'initContainers{proxy}', '14:30:00'),
    unhealthy(refused(8080), 'containers{app}', '14:30:05'),
  ];

  it('is not told to be probed on the port of another container', () => {
    expect(findings(probes, objects, { probes: sockets('0.0.0.0:8080') })).toEqual([]);
  });

  it('is unready for what its own probe says', () => {
    expect(theFinding(notReady, objects).summary).toContain('10.244.0.9:15021/ready');
  });
});

describe('localhost that refuses', () => {
  const said = 'Error: connect ECONNREFUSED 127.0.0.1:5432';
  const logs = log(['14:29:50', said], ['14:30:00', said], ['14:30:10', said]);
  const beside = { name: 'db-proxy', image: 'proxy:1' };

  it('is the wrong host in a pod without another container', () => {
    const finding = theFinding(dependency, [...owners, podOf()], { logs });
    expect(finding).toMatchObject({ role: 'cause', confidence: 'likely' });
    expect(finding.summary).toContain('127.0.0.1:5432: that is its own pod, where nothing listens');
  });

  it.each([
    ['another container', { containers: [{ name: 'app', image: 'app:1' }, beside] }],
    ['a sidecar', { initContainers: [{ ...beside, restartPolicy: 'Always' }] }],
    ['the network of its node', { hostNetwork: true }],
  ])('is that of what else is there, where the pod has %s', (_, spec) => {
    expect(theFinding(dependency, [...owners, podOf({ spec })], { logs }).role).toBe('symptom');
  });

  it('in a probe’s command is the program itself', () => {
    const readinessProbe = { exec: { command: ['check'] } };
    const pod = podOf({ ready: false, app: { readinessProbe } });
    const failed = unhealthy(`Readiness probe failed: ${said}`, 'containers{app}', '14:30:05');
    expect(findings(dependency, [...owners, pod, failed])).toEqual([]);
  });
});
