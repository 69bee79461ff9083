import { describe, expect, it } from 'vitest';
import { parseSample } from '../../../analyze/ingest/prometheus.ts';

describe('parseSample', () => {
  it.each([
    ['up 1', { name: 'up', labels: {}, value: 1 }],
    ['up{} 1', { name: 'up', labels: {}, value: 1 }],
    [
      'http_requests_total{method="post",code="200"} 1027 1395066363000',
      { name: 'http_requests_total', labels: { method: 'post', code: '200' }, value: 1027 },
    ],
    [
      String.raw`m{path="C:\\DIR\\",say="a \"b\"\n"} 1.458255915e9`,
      { name: 'm', labels: { path: 'C:\\DIR\\', say: 'a "b"\n' }, value: 1.458255915e9 },
    ],
    ['m{a="}",b="x",} 2', { name: 'm', labels: { a: '}', b: 'x' }, value: 2 }],
    ['b_bucket{le="+Inf"} +Inf', { name: 'b_bucket', labels: { le: '+Inf' }, value: Infinity }],
    ['m -Inf', { name: 'm', labels: {}, value: -Infinity }],
    ['m{a="1"}3', { name: 'm', labels: { a: '1' }, value: 3 }],
  ])('%s', (line, sample) => {
    expect(parseSample(line)).toEqual(sample);
  });

  it('passes comments and blank lines over', () => {
    for (const line of ['', '  ', '# HELP up x', '# TYPE up gauge']) expect(parseSample(line)).toBeNull();
  });

  it.each(['1up 2', 'up', 'up{a="1" 2', 'up{a=1} 2', 'up one', 'up{'])('refuses %s', (line) => {
    expect(parseSample(line)).toBeUndefined();
  });
});
