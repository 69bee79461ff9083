import { describe, expect, it } from 'vitest';
import { guessLevel, LEVEL } from '../../../analyze/ingest/log-level.ts';

describe('guessLevel', () => {
  it.each([
    ['I0501 14:15:00.123456       1 main.go:12] started', LEVEL.info],
    ['W0501 14:15:00.123456       1 reflector.go:424] watch closed', LEVEL.warning],
    ['E0501 14:15:00.123456       1 pod_workers.go:1301] "Error syncing pod"', LEVEL.error],
    ['F0501 14:15:00.123456       1 server.go:1] no', LEVEL.fatal],
    ['{"level":"warn","ts":1714572900.1,"msg":"slow"}', LEVEL.warning],
    ['{"msg":"x","severity":"ERROR"}', LEVEL.error],
    ['{"level":50,"time":1714572900,"msg":"pino"}', LEVEL.error],
    ['{"level":30,"msg":"pino"}', LEVEL.info],
    ['time="2026-05-01T14:15:00Z" level=error msg="boom"', LEVEL.error],
    ['ts=2026-05-01 lvl=eror msg=x', LEVEL.error],
    ['[INFO] 10.0.0.1:5 - 1 "A IN a. udp 1 false 512" NOERROR qr 1 0.1s', LEVEL.info],
    ['[ERROR] plugin/errors: 2 example.org. A: read udp: i/o timeout', LEVEL.error],
    ['2026/05/01 14:15:00 [emerg] 1#1: host not found', LEVEL.fatal],
    ['2026-05-01 14:15:00,123 ERROR [main] c.e.App - failed', LEVEL.error],
    ['ERROR:root:no', LEVEL.error],
    ['panic: runtime error: invalid memory address', LEVEL.fatal],
    ['fatal error: all goroutines are asleep', LEVEL.fatal],
    ['npm ERR! missing script: start', LEVEL.error],
    ['warning: deprecated', LEVEL.warning],
  ])('%s', (line, level) => {
    expect(guessLevel(line)).toBe(level);
  });

  it.each([
    'GET /error?level=high HTTP/1.1 200',
    'no errors were found',
    'the INFORMER started',
    'listening on :8080',
    '[1/2] building',
    '{"msg":"no level here"}',
    'Inventory loaded',
    'errors happen',
    '',
  ])('says nothing of "%s"', (line) => {
    expect(guessLevel(line)).toBe(LEVEL.unknown);
  });
});
