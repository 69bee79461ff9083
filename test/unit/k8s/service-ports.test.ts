import { describe, expect, it } from 'vitest';
import { describePort, parseProtocol, parseTargetPort, resolvePort } from '../../../src/k8s/service-ports.ts';

const declared = [
  { container: 'app', name: 'http', port: 8080, protocol: 'TCP' as const },
  { container: 'app', name: 'dns', port: 53, protocol: 'UDP' as const },
  { container: 'side', name: 'http', port: 9090, protocol: 'TCP' as const },
];

describe('a Service port', () => {
  it('leads to itself without a targetPort', () => {
    expect(resolvePort({ port: 80, protocol: 'TCP' }, [])).toBe(80);
  });

  it('takes a number whether the pod declares it or not', () => {
    expect(resolvePort({ port: 80, targetPort: 3000, protocol: 'TCP' }, declared)).toBe(3000);
  });

  it('looks a name up in the order of the containers', () => {
    expect(resolvePort({ port: 80, targetPort: 'http', protocol: 'TCP' }, declared)).toBe(8080);
  });

  it('needs the protocol to agree', () => {
    expect(resolvePort({ port: 53, targetPort: 'dns', protocol: 'UDP' }, declared)).toBe(53);
    expect(resolvePort({ port: 53, targetPort: 'dns', protocol: 'TCP' }, declared)).toBeUndefined();
  });

  it('leads nowhere by a name that no container declares', () => {
    expect(resolvePort({ port: 80, targetPort: 'web', protocol: 'TCP' }, declared)).toBeUndefined();
  });

  it('reads targetPort and protocol as served', () => {
    expect([8080, '8080', 'http', '', 0, null, undefined, 1.5].map(parseTargetPort)).toEqual([
      8080,
      8080,
      'http',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect([undefined, 'TCP', 'UDP', 'SCTP', 'X'].map(parseProtocol)).toEqual([
      'TCP',
      'TCP',
      'UDP',
      'SCTP',
      'TCP',
    ]);
  });

  it('is described with its way', () => {
    expect(describePort({ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' })).toBe(
      'http 80 → web/TCP',
    );
    expect(describePort({ port: 53, protocol: 'UDP' })).toBe('53/UDP');
  });
});
