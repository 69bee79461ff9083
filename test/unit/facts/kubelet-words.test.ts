/** The kubelet's words on failed probes, as it writes them. */
import { describe, expect, it } from 'vitest';
import { execWay, parseUnhealthy, type FailureWay } from '../../../analyze/facts/probes/kubelet-words.ts';

describe('a failed probe', () => {
  it.each<[FailureWay, string]>([
    ['refused', 'Readiness probe failed: dial tcp 10.244.0.9:8080: connect: connection refused'],
    [
      'refused',
      'Readiness probe failed: Get "http://10.244.0.9:8080/": dial tcp 10.244.0.9:8080: connect: connection refused',
    ],
    [
      'timeout',
      'Readiness probe failed: Get "http://10.244.0.9:8080/x": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    [
      'timeout',
      'Liveness probe failed: Get "http://10.244.0.9:8080/x": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    ],
    ['timeout', 'Startup probe failed: dial tcp 10.244.0.9:8080: i/o timeout'],
    ['timeout', 'Readiness probe failed: command timed out: "sh -c sleep 9" timed out after 1s'],
    [
      'timeout',
      'Readiness probe errored and resulted in unknown state: command timed out: "x" timed out after 5s',
    ],
    [
      'timeout',
      'Readiness probe failed: timeout: health rpc did not complete within 1s: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    ],
    ['status', 'Readiness probe failed: HTTP probe failed with statuscode: 404'],
    [
      'tls',
      'Readiness probe failed: Get "https://10.244.0.9:8080/": http: server gave HTTP response to HTTPS client',
    ],
    [
      'tls',
      String.raw`Readiness probe failed: Get "http://10.244.0.9:8443/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x15\x03\x01\x00\x02\x02"`,
    ],
    [
      'reset',
      'Liveness probe failed: Get "http://10.244.0.9:8080/": read tcp 10.0.0.1:5->10.244.0.9:8080: read: connection reset by peer',
    ],
    ['reset', 'Liveness probe failed: Get "http://10.244.0.9:8080/": EOF'],
    [
      'port-name',
      'Readiness probe errored and resulted in unknown state: strconv.Atoi: parsing "http": invalid syntax',
    ],
    [
      'http2',
      String.raw`Readiness probe failed: Get "http://10.244.0.9:5000/healthz": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00@\x00"`,
    ],
    [
      'protocol',
      'Readiness probe failed: Get "http://10.244.0.9:22/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH_9.7"',
    ],
    [
      'grpc-dial',
      'Readiness probe failed: timeout: failed to connect service "10.244.0.9:8080" within 5s: context deadline exceeded',
    ],
    [
      'grpc',
      'Readiness probe failed: error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
    ],
    [
      'exec-missing',
      '(combined from similar events): Liveness probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH',
    ],
    [
      'exec-missing',
      'Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = command error: executable file `curl` not found in $PATH: No such file or directory, stdout: , stderr: , exit code -1',
    ],
    [
      'refused',
      'Readiness probe failed: Get "http://[fd00::9]:8080/": dial tcp [fd00::9]:8080: connect: connection refused',
    ],
    ['exec-missing', 'Readiness probe failed: sh: curl: not found'],
    ['exec-missing', 'Readiness probe failed: /bin/bash: line 1: curl: command not found'],
    ['exec-missing', 'Readiness probe failed: sh: 1: curl: not found'],
    ['command', 'Readiness probe failed: user 17 not found'],
    ['grpc', 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")'],
    ['command', 'Liveness probe failed: cat: /tmp/healthy: No such file or directory'],
    ['command', 'Readiness probe failed:'],
  ])('%s: %s', (way, message) => {
    expect(parseUnhealthy(message)?.way).toBe(way);
  });

  it('tells what could not be asked from what failed', () => {
    expect(parseUnhealthy('Liveness probe errored and resulted in unknown state: x')?.errored).toBe(true);
    expect(parseUnhealthy('Liveness probe errored: x')?.errored).toBe(true);
    expect(parseUnhealthy('Liveness probe failed: x')?.errored).toBe(false);
  });

  it('names what was dialled, and the status', () => {
    expect(
      parseUnhealthy('Readiness probe failed: dial tcp 10.244.0.9:8080: connect: connection refused'),
    ).toMatchObject({ kind: 'readiness', host: '10.244.0.9', port: 8080 });
    expect(parseUnhealthy('Liveness probe failed: HTTP probe failed with statuscode: 503')).toMatchObject({
      kind: 'liveness',
      status: 503,
    });
  });

  it.each(['Back-off restarting failed container', '', null])('is none: %s', (message) => {
    expect(parseUnhealthy(message)).toBeUndefined();
  });
});

describe('a command of a probe', () => {
  it.each([
    ['timeout', 'Readiness probe failed: command timed out: "sh -c sleep 9" timed out after 1s'],
    ['timeout', 'Liveness probe failed: command "sh -c sleep 9" timed out'],
    [
      'timeout',
      'Readiness probe errored and resulted in unknown state: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    ],
    ['command', 'Readiness probe failed: db unreachable\nnc: timed out'],
    ['command', 'Readiness probe failed: dial tcp 10.96.0.7:5432: connect: connection refused'],
    ['command', 'Readiness probe failed: HTTP probe failed with statuscode: 500'],
    ['exec-missing', 'Readiness probe failed: sh: curl: not found'],
  ])('%s: %s', (way, message) => {
    const failure = parseUnhealthy(message);
    expect(failure === undefined ? undefined : execWay(failure)).toBe(way);
  });

  it.each([
    'Readiness probe failed: Get "http://[fd00::9]:8080/": dial tcp [fd00::9]:8080: connect: connection refused',
    'Startup probe failed: dial tcp [fd00::9]:8080: connect: connection refused',
    'Readiness probe failed: timeout: failed to connect service "[fd00::9]:8080" within 1s: context deadline exceeded',
  ])('names an address of IPv6 and its port: %s', (message) => {
    expect(parseUnhealthy(message)).toMatchObject({ host: 'fd00::9', port: 8080 });
  });
});
