import { describe, expect, it } from 'vitest';
import { editDistance } from '../../../src/k8s/edit-distance.ts';
import {
  compareNearMisses,
  isTypo,
  nearMiss,
  nearestName,
  splitVersion,
} from '../../../src/k8s/near-miss.ts';

function kinds(selector: Record<string, string>, labels: Record<string, string>): string[] | undefined {
  return nearMiss(selector, labels)?.differences.map(({ kind }) => kind);
}

describe('a near miss', () => {
  it.each([
    ['case', { app: 'payment' }, { app: 'Payment' }],
    ['case', { app: 'payment' }, { App: 'payment' }],
    ['typo', { app: 'payment' }, { app: 'paymnet' }],
    ['typo', { app: 'payment-service' }, { app: 'payments-service' }],
    ['typo', { component: 'cart' }, { componant: 'cart' }],
    ['version-suffix', { app: 'payment-api-v1' }, { app: 'payment-api-v2' }],
    ['version-suffix', { app: 'payment-api' }, { app: 'payment-api-v2' }],
    ['version-suffix', { app: 'payment-blue' }, { app: 'payment-green' }],
    ['version-suffix', { app: 'payment-1.2.3' }, { app: 'payment-1.3.0' }],
    ['version-suffix', { app: 'payment', version: 'v1' }, { app: 'payment', version: 'v2' }],
    ['other-key', { app: 'payment' }, { 'app.kubernetes.io/name': 'payment' }],
    ['other-key', { app: 'payment' }, { app: 'shop', 'k8s-app': 'payment' }],
    ['other-value', { app: 'payment', tier: 'api' }, { app: 'payment', tier: 'worker' }],
    ['missing-key', { app: 'payment', tier: 'api' }, { app: 'payment' }],
  ])('%s: %j against %j', (kind, selector, labels) => {
    expect(kinds(selector, labels)).toEqual([kind]);
  });

  it('names what was wanted and what was found', () => {
    expect(nearMiss({ app: 'payment-api-v1' }, { app: 'payment-api-v2', x: 'y' })).toEqual({
      strong: true,
      differences: [
        {
          kind: 'version-suffix',
          wanted: { key: 'app', value: 'payment-api-v1' },
          found: { key: 'app', value: 'payment-api-v2' },
        },
      ],
    });
  });

  it('may be of several pairs, when each is a likely slip', () => {
    expect(kinds({ app: 'pay-v1', release: 'Blue' }, { app: 'pay-v2', release: 'blue' })).toEqual([
      'version-suffix',
      'case',
    ]);
    expect(kinds({ app: 'pay-v1', tier: 'api' }, { app: 'pay-v2', tier: 'worker' })).toBeUndefined();
  });

  it('is none when the selector matches, or is empty', () => {
    expect(nearMiss({ app: 'pay' }, { app: 'pay' })).toBeUndefined();
    expect(nearMiss({}, { app: 'pay' })).toBeUndefined();
  });

  it.each([
    [{ app: 'payment' }, { app: 'checkout' }],
    [{ app: 'payment' }, {}],
    [{ app: 'shard-a' }, { app: 'shard-b' }],
    [{ app: 'db' }, { app: 'dbs' }],
    [{ version: 'v1' }, { version: 'v2' }],
    [{ tls: 'true' }, { monitored: 'true' }],
    [
      { tier: 'web', env: 'prod' },
      { tier: 'web', env: 'test' },
    ],
  ])('is none for another application: %j against %j', (selector, labels) => {
    expect(nearMiss(selector, labels)).toBeUndefined();
  });

  it('is weak where only the other pairs speak for it, and comes after strong ones', () => {
    const weak = nearMiss({ app: 'pay', tier: 'api' }, { app: 'pay', tier: 'worker' });
    const strong = nearMiss({ app: 'pay', tier: 'api' }, { app: 'pay', tier: 'API' });
    expect([weak?.strong, strong?.strong]).toEqual([false, true]);
    if (weak === undefined || strong === undefined) throw new Error('both are near misses');
    expect([weak, strong].toSorted(compareNearMisses)).toEqual([strong, weak]);
  });
});

describe('names', () => {
  it('part from their version', () => {
    expect(splitVersion('payment-api-v2')).toEqual({ stem: 'payment-api', version: 'v2' });
    expect(splitVersion('payment')).toEqual({ stem: 'payment', version: '' });
    expect(splitVersion('paymentv2')).toEqual({ stem: 'payment', version: 'v2' });
    expect(splitVersion('web-2024-01')).toEqual({ stem: 'web', version: '2024-01' });
  });

  it('are a slip apart only when long enough and not told apart on purpose', () => {
    expect(isTypo('payment', 'paymant')).toBe(true);
    expect(isTypo('payment', 'payments')).toBe(true);
    expect(isTypo('pay', 'pax')).toBe(false);
    expect(isTypo('zone-a-web', 'zone-b-web')).toBe(false);
    expect(isTypo('payment', 'pavmant')).toBe(false);
  });

  it('have a nearest one', () => {
    expect(nearestName('payment', ['checkout', 'Payment', 'payments'])).toBe('Payment');
    expect(nearestName('payment', ['checkout', 'payments', 'payment-v2'])).toBe('payments');
    expect(nearestName('payment', ['payment-v2', 'checkout'])).toBe('payment-v2');
    expect(nearestName('payment', ['checkout', 'payment'])).toBeUndefined();
  });

  it('count a swap of neighbours as one edit', () => {
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('aaaaaaaa', 'bbbbbbbb', 2)).toBe(3);
  });
});
