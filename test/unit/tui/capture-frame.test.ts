import { describe, expect, it } from 'vitest';
import { captureFrame, type CaptureModel } from '../../../analyze/tui/capture-frame.ts';
import { widthOf } from '../../../analyze/tui/width.ts';

const ended = { failed: false, records: 12, gaps: 0, ms: 1200 };
const model: CaptureModel = {
  title: 'Cluster prod v1.36.3 at https://10.0.0.1:6443 as jane; may read everything',
  elapsedMs: 12_000,
  timeoutMs: 60_000,
  requests: 120,
  bytes: 4_200_000,
  written: 1_100_000,
  rows: [
    { title: 'Events', startedAt: 0, ended },
    { title: 'EndpointSlices, pods, Services', startedAt: 0, ended: { ...ended, gaps: 2 } },
    { title: 'logs of containers', startedAt: 0 },
    ...Array.from({ length: 12 }, (_, index) => ({ title: `probe ${index}`, startedAt: 0, ended })),
  ],
  note: 'So far, provisional: Service shop/payment selects no pods',
  interrupted: false,
};

describe('the live view of a capture', () => {
  it.each([
    [80, 24],
    [60, 10],
    [200, 50],
    [20, 5],
  ])('stays inside %d columns and %d rows', (columns, rows) => {
    const frame = captureFrame(model, { columns, rows });
    expect(frame.length).toBeLessThan(Math.max(rows, 8));
    expect(frame.filter((line) => widthOf(line) >= Math.max(columns, 21))).toEqual([]);
  });

  const long = {
    ...model,
    title: `Cluster arn:aws:eks:eu-central-1:123456789012:cluster/prod (context prod) v1.33.1-eks-595af52 at https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com as jane; may not read: ${Array.from({ length: 60 }, (_, index) => `things-${index}`).join(', ')}; may not exec`,
  };
  const titleOf = (frame: readonly string[]): string[] =>
    frame.slice(
      0,
      frame.findIndex((line) => line.startsWith('[')),
    );

  it.each([
    [80, 24],
    [60, 10],
  ])('has the whole line of the cluster above all at %d×%d, wrapped', (columns, rows) => {
    const frame = captureFrame(model, { columns, rows });
    expect(titleOf(frame).join(' ')).toBe(model.title);
  });

  it.each([
    [80, 24, '.eks.amazonaws.com'],
    [60, 10, 'https://0123'],
  ])('shortens a line that is too long in the middle and shows it, at %d×%d', (columns, rows, server) => {
    const frame = captureFrame(long, { columns, rows });
    expect(frame.length).toBeLessThan(rows);
    const title = titleOf(frame).join('');
    const plain = title.replaceAll(' ', '');
    expect(plain).toContain('cluster/prod');
    expect(plain).toContain('v1.33.1-eks-595af52');
    expect(plain).toContain(server);
    expect(title).toMatch(/….*may not exec$/);
    // There is still room for something that runs.
    expect(frame.join('\n')).toContain('… logs of containers');
  });

  it('keeps the newest begun, last, when more runs than there is room for', () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({ title: `probe ${index}`, startedAt: index }));
    const frame = captureFrame({ ...model, rows }, { columns: 60, rows: 10 });
    const shown = frame.filter((line) => line.includes('… probe'));
    expect(shown.at(-1)).toBe('  … probe 29');
    expect(shown.length).toBeGreaterThan(1);
    expect(frame.join('\n')).toContain(`and ${30 - shown.length} more, ${30 - shown.length} running`);
  });

  it('never cuts the number of gaps off', () => {
    const busy = { ...model, requests: 123_456, bytes: 1.2e9, written: 199e6 };
    expect(captureFrame(busy, { columns: 60, rows: 10 }).join('\n')).toMatch(
      /123456 \(\d+\/s\), .* 2 gaps$/m,
    );
  });

  it('tells time left, rates, what runs, gaps and the verdict so far', () => {
    const text = captureFrame(model, { columns: 80, rows: 24 }).join('\n');
    expect(text).toContain('12 of 60 s, 48 s left');
    expect(text).toContain('120 requests (10/s), 4.2 MB came, 1.1 MB written, 2 gaps');
    expect(text).toContain('… logs of containers');
    expect(text).toContain('So far, provisional: Service shop/payment selects no pods');
  });

  it('keeps what runs and what has gaps when there is no room for all', () => {
    const text = captureFrame(model, { columns: 60, rows: 10 }).join('\n');
    expect(text).toContain('… logs of containers');
    expect(text).toMatch(/EndpointSlices.*2 gaps/);
    expect(text).toMatch(/and \d+ more/);
  });

  it('lets no name reach the terminal as anything but text', () => {
    const evil = { ...model, title: 'a\u001b[2Jb\nc', note: '\u001b]0;x\u0007' };
    expect(captureFrame(evil, { columns: 80, rows: 24 }).join('')).not.toMatch(/[\u0000-\u001f\u007f]/);
  });
});
