import { describe, expect, it } from 'vitest';
import { clusterSearchList, queriedNames, serviceName, serviceOfName } from '../../../src/k8s/dns-names.ts';

describe('names of Services', () => {
  it('are what cluster DNS answers', () => {
    expect(serviceName('pay', 'shop')).toBe('pay.shop.svc.cluster.local');
  });

  it.each([
    ['pay', { namespace: 'web', name: 'pay' }],
    ['pay.shop', { namespace: 'shop', name: 'pay' }],
    ['pay.shop.svc', { namespace: 'shop', name: 'pay' }],
    ['PAY.shop.svc.cluster.local.', { namespace: 'shop', name: 'pay' }],
    ['pod-0.pay.shop.svc', undefined],
    ['pay.svc', undefined],
    ['api.example.com', undefined],
    ['not_a_name', undefined],
  ])('%s, asked for in namespace web, stands for %j', (name, expected) => {
    expect(serviceOfName(name, 'web')).toEqual(expected);
  });
});

describe('a resolver', () => {
  const search = clusterSearchList('shop');

  it('tries the search list first below ndots', () => {
    expect(queriedNames('pay', search)).toEqual([
      'pay.shop.svc.cluster.local',
      'pay.svc.cluster.local',
      'pay.cluster.local',
      'pay',
    ]);
  });

  it('tries the name itself first from ndots on', () => {
    expect(queriedNames('a.b.c.d.e.f', search)[0]).toBe('a.b.c.d.e.f');
    expect(queriedNames('api.example.com', search, 1)[0]).toBe('api.example.com');
  });

  it('asks for nothing else after a final dot', () => {
    expect(queriedNames('api.example.com.', search)).toEqual(['api.example.com']);
  });
});
