/** What a capture says when it has ended. */
import { requestLine } from '../../../src/cli/capture-output.ts';
import { describe, expect, it } from 'vitest';
import type { CaptureResult } from '../../../capture/run.ts';
import { captureDocument, fileLines, gapLines } from '../../../src/cli/capture-output.ts';
import type { Gap } from '../../../src/bundle/format.ts';

const gap = (key: string, detail = 'services is forbidden'): Gap => ({
  key,
  evidence: 'list',
  subject: { resource: 'services' },
  reason: 'forbidden',
  status: 403,
  detail,
  at: '2026-01-01T00:00:00Z',
});

const result = (gaps: readonly Gap[], end: CaptureResult['end'] = 'complete'): CaptureResult => ({
  header: {
    format: 'inquest-bundle/1',
    id: 'abc',
    tool: { name: 'inquest', version: '1' },
    cluster: { name: 'prod' },
    scope: { sinceSeconds: 1, timeoutSeconds: 1 },
    startedAt: '2026-01-01T00:00:00Z',
    redaction: { mode: 'default' },
  },
  summary: { file: 'x.tar.gz', digest: 'd1', bytes: 1_500_000, inflated: 5, entries: 3 },
  end,
  gaps,
  collectors: [
    { id: 'events', outcome: 'complete', startedAt: '', ms: 1, records: 2, bytes: 3, gaps: [...gaps] },
  ],
  requests: { count: 1, bytes: 2_000_000 },
  redactions: { 'keyed-values': 11, 'url-passwords': 1, 'private-keys': 0 },
});

describe('the end of a capture', () => {
  it('tells size, requests, gaps, digest, and that it ended early', () => {
    const text = fileLines(result([gap('list:services')], 'deadline'));
    expect(text).toMatch(
      /^x\.tar\.gz: 1\.5 MB in \S+, 1 request \(2\.0 MB\), 1 gap; its time was over\nRedacted: 12 values by 2 rules \(keyed-values 11, url-passwords 1\)\nDigest d1\n$/,
    );
  });

  it('says when nothing was redacted, and when nothing should be', () => {
    const none = { ...result([]), redactions: {} };
    expect(fileLines(none)).toContain('\nRedacted: nothing\n');
    const header = { ...none.header, redaction: { mode: 'none' as const } };
    expect(fileLines({ ...none, header })).toContain('NOT redacted (--redact none)');
  });

  it('shows gaps in a line each, and no more than a dozen', () => {
    expect(gapLines([])).toBe('');
    const many = Array.from({ length: 15 }, (_, index) => gap(`list:${index}`));
    const lines = gapLines(many).trimEnd().split('\n');
    expect(lines).toHaveLength(14);
    expect(lines[1]).toBe('  list:0: forbidden: services is forbidden');
    expect(lines.at(-1)).toBe('  … and 3 more');
  });

  it('lets no foreign text reach the terminal as it is', () => {
    expect(gapLines([gap('list:\u001b[2J', 'a\nb\u0007')])).toBe(
      'Missing from the file:\n  list:\\x1b[2J: forbidden: a b\\x07\n',
    );
  });

  it('is one document with --json, each gap in it once', () => {
    expect(captureDocument(result([gap('list:services')]), undefined)).toMatchObject({
      format: 'inquest-capture/1',
      file: 'x.tar.gz',
      digest: 'd1',
      gaps: [{ key: 'list:services' }],
      redaction: { mode: 'default', counts: { 'keyed-values': 11 } },
      collectors: [{ id: 'events', outcome: 'complete', startedAt: '', ms: 1, records: 2, bytes: 3 }],
    });
  });
});

describe('who asked', () => {
  it('names the five that asked most and counts the rest', () => {
    const collectors = [3, 9, 0, 4, 5, 6, 7].map((count, index) => ({
      id: `c${index}`,
      requests: { count, bytes: count * 1_000_000 },
    }));
    const line = requestLine({ collectors } as unknown as Parameters<typeof requestLine>[0]);
    expect(line).toBe(
      'Asked: c1 9 (9.0 MB), c6 7 (7.0 MB), c5 6 (6.0 MB), c4 5 (5.0 MB), c3 4 (4.0 MB), others 3\n',
    );
  });
});
