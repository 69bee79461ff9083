/** Dependencies that were mended just before the capture. */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/dependency-unreachable.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { service, slice, write } from '../../../support/kube-objects.ts';
import { findings } from '../judging.ts';
import { log, owners, podOf } from './pod-support.ts';

describe('a Service that was mended just before the capture', () => {
  const refused = (clock: string): readonly [string, string] => [
    clock,
    'ERROR dial tcp db:80: connect: connection refused',
  ];
  const logs = log(
    ...['14:29:40', '14:29:43', '14:29:46', '14:29:49'].map(refused),
    ['14:29:52', 'INFO 200 from db'],
    ['14:29:55', 'INFO 200 from db'],
  );
  const written = (clock: string): KubeObject[] => [
    service('db', { app: 'db' }),
    slice('db', [{ addresses: ['10.244.0.8'], conditions: { ready: true } }], {
      managedFields: [write('kube-controller-manager', clock, 'endpoints')],
    }),
  ];

  it('is no finding: its slice was filled when the client fell silent', () => {
    expect(findings(check, [...owners, ...written('14:29:50'), podOf()], { logs })).toEqual([]);
  });

  it('is one where nothing was written then, or nothing is ready', () => {
    expect(findings(check, [...owners, ...written('14:00:00'), podOf()], { logs })).toHaveLength(1);
    const [db] = written('14:29:50');
    const empty = slice('db', [], { managedFields: [write('kcm', '14:29:50', 'endpoints')] });
    expect(
      findings(check, [...owners, ...(db === undefined ? [] : [db]), empty, podOf()], { logs }),
    ).toHaveLength(1);
  });
});
