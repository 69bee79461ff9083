/** Keys of objects and findings. */
import { describe, expect, it } from 'vitest';
import { findingKey, joinApiVersion, objectKey, resourceId, splitApiVersion } from '../../../src/core/ids.ts';

describe('keys', () => {
  it('name objects with and without a namespace', () => {
    expect(objectKey({ kind: 'Service', namespace: 'shop', name: 'payment' })).toBe('Service/shop/payment');
    expect(objectKey({ kind: 'Node', name: 'node-1' })).toBe('Node/node-1');
    const ref = { kind: 'Service', namespace: 'shop', name: 'payment' };
    expect(findingKey('service/no-endpoints', ref, 'http')).toBe(
      'service/no-endpoints:Service/shop/payment#http',
    );
  });

  it('split and join API versions', () => {
    expect(splitApiVersion('v1')).toEqual({ group: '', version: 'v1' });
    expect(splitApiVersion('apps/v1')).toEqual({ group: 'apps', version: 'v1' });
    expect(joinApiVersion('apps', 'v1')).toBe('apps/v1');
    expect(joinApiVersion('', 'v1')).toBe('v1');
    expect(resourceId('apps', 'deployments')).toBe('apps/deployments');
  });
});
