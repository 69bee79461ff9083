/** Circles of those that wait for each other: a fault of their own, or cut where they began, or fed from outside. */
import { describe, expect, it } from 'vitest';
import { on, workload } from '../../support/kube-objects.ts';
import { client, verdictOfParts, type Part } from '../../support/clients.ts';
import { FAULTS } from '../../support/faults.ts';

const WAITS = (name: string): string => `pod/dependency-unreachable:Deployment/shop/${name}`;
const MISMATCH = (name: string): string => `service/selector-mismatch:Service/shop/${name}`;
const CIRCLE = (name: string): string => `pod/circular-wait:Deployment/shop/${name}`;
/** A time-out is no word of a Service without endpoints: circles of those are no fault of their own. */
const late = (name: string, names?: readonly string[]): object => ({
  line: `fatal: dial tcp ${name}:80: i/o timeout`,
  ...(names === undefined ? {} : { names }),
});

interface Case {
  readonly parts: readonly Part[];
  readonly roots: readonly string[];
  readonly open?: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  'a circle of three, cut at the one that was first seen broken': {
    parts: [
      client('a', 'b', '14:12:00', late('b')),
      client('b', 'c', '14:12:30', late('c')),
      client('c', 'a', '14:11:00', late('a')),
    ],
    roots: [],
    open: [WAITS('c')],
  },
  'a circle of two, of which one was rolled out before': {
    parts: [
      client('a', 'b', '14:05:00', { ...late('b'), rolledOut: '14:05:00' }),
      client('b', 'a', '14:05:20', late('a')),
    ],
    roots: [],
    open: [WAITS('a')],
  },
  'a circle of two since the same moment': {
    parts: [client('a', 'b', '14:12:00', late('b')), client('b', 'a', '14:12:00', late('a'))],
    roots: [],
    open: [WAITS('a')],
  },
  'a circle of two that refuse each other, and one that waits for them': {
    parts: [client('a', 'b'), client('b', 'a'), client('web', 'a', '14:13:00')],
    roots: [CIRCLE('a')],
  },
  'a circle, of which one has an image that cannot be pulled': {
    parts: [
      client('a', 'b'),
      {
        objects: FAULTS['image that cannot be pulled']('b').objects.map((object) =>
          object['kind'] === 'Deployment'
            ? workload('b', {
                pods: { app: 'b' },
                containers: [
                  { name: 'app', image: 'registry.example/b:2', env: [{ name: 'U', value: 'http://a:80' }] },
                ],
              })
            : object,
        ),
      },
    ],
    roots: [FAULTS['image that cannot be pulled']('b').root],
  },
  'a circle that is fed from outside: one of it needs what is broken as well': {
    parts: [
      FAULTS['wrong selector']('db'),
      client('a', 'b', '14:12:00', late('b')),
      client('b', 'c', '14:12:30', late('c')),
      client('c', 'a', '14:11:00', {
        names: ['a', 'db'],
        line: `fatal: dial tcp db:80: i/o timeout\n${on('14:28:00')} fatal: dial tcp a:80: i/o timeout`,
      }),
    ],
    roots: [MISMATCH('db')],
  },
};

describe('the roots, and what nothing explains, of', () => {
  it.each(Object.entries(CASES))('%s', (_, { parts, roots, open = [] }) => {
    const verdict = verdictOfParts(parts);
    expect([verdict.errors, verdict.roots, verdict.unexplained]).toEqual([[], roots, open]);
  });
});

describe('what is said', () => {
  const detail = (parts: readonly Part[], key: string): string =>
    verdictOfParts(parts).findings.find((one) => one.key === key)?.detail ?? '';

  it('of a circle: with whom, and whether it is known who began', () => {
    const two = (clock: string): Part[] => [
      client('a', 'b', clock, late('b')),
      client('b', 'a', '14:12:00', late('a')),
    ];
    const sure = detail(two('14:02:00'), WAITS('a'));
    expect(sure).toContain(
      'circle of explanations with Deployment shop/b, which is taken to have begun here',
    );
    expect(sure).toContain('because this began first');
    expect(detail(two('14:12:00'), WAITS('a'))).toContain('though nothing tells which of them began');
  });
});
