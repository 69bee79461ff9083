/** Whatever is taken out of a recorded bundle, the verdict gets weaker or stays: no other cause, and no all-clear. */
import { describe, expect, it } from 'vitest';
import { type Files, listEnded, recordedFiles, verdictOfFiles, without } from '../../support/recorded.ts';

const CAUSE = 'service/selector-mismatch:Service/shop/payment-api';
const SYMPTOM = 'service/no-endpoints:Service/shop/payment-api';

/** Long logs and metrics decide nothing here and would only take time. */
const LONG = /^(logs\/kube-system|metrics)\//;

const files = await recordedFiles('selector-mismatch', LONG);
const kinds = [
  ...new Set([...files.keys()].map((path) => /^resources\/[^/]+\/[^/]+\/[^/]+\//.exec(path)?.[0])),
]
  .filter((folder) => folder !== undefined)
  .toSorted();
const isPart = (path: string): boolean => path.endsWith('.ndjson');

/** Of every part of a list only what `keep` leaves of its text. */
const cutTo = (folder: string, keep: (text: string) => string): Files =>
  new Map(
    [...files].map(([path, bytes]) => [
      path,
      path.startsWith(folder) && isPart(path) ? Buffer.from(keep(bytes.toString())) : bytes,
    ]),
  );

/** Every way in which the verdict says more than, or other than, what the cause was. */
function lies(evidence: Files): string[] {
  const { errors, findings, roots, paths, checks, unknown } = verdictOfFiles(evidence);
  const open = unknown.some(({ check }) => check === 'service/selector-mismatch');
  const outcome = checks.find(({ id }) => id === 'service/selector-mismatch')?.outcome;
  return [
    ...errors.map(({ message }) => `error: ${message}`),
    ...findings.filter(({ key }) => key !== CAUSE && key !== SYMPTOM).map(({ key }) => `found ${key}`),
    ...roots.filter((key) => key !== CAUSE).map((key) => `blames ${key}`),
    ...paths
      .filter(({ service, layers }) => service === 'shop/payment-api' && layers.service === 'pass')
      .map(({ key }) => `${key} is well`),
    ...(roots.length > 0 || (open && outcome === 'unknown')
      ? []
      : [`no cause, and the check says ${outcome}`]),
  ];
}

describe('a recorded bundle', () => {
  it('whole, names the cause', () => {
    expect(kinds.length).toBeGreaterThan(40);
    // Recorded where kube-proxy is no pod, before its own health was asked and before there were port-forwards to ports
    // that no probe of a pod asks: those alone are not known.
    const unasked = ['node-1', 'node-2'].map((name) => ({
      check: 'platform/kube-proxy',
      because: 'not-captured:kube-proxy',
      object: { kind: 'Node', name },
    }));
    const untried = {
      check: 'service/target-port',
      because: 'not-captured:probe:port-forward',
      object: { kind: 'Service', namespace: 'kube-system', name: 'kube-dns' },
    };
    const unknown = [...unasked, untried];
    expect(verdictOfFiles(files)).toMatchObject({ roots: [CAUSE], unexplained: [], unknown });
  });

  it.each(kinds)('without %s', (folder) => {
    expect(lies(without(files, (path) => path.startsWith(folder)))).toEqual([]);
  });

  it.each(kinds)('where %s is forbidden', (folder) => {
    expect(lies(listEnded(files, folder, 'failed'))).toEqual([]);
  });

  it.each(
    kinds.filter((folder) => [...files.keys()].some((path) => path.startsWith(folder) && isPart(path))),
  )('with some of %s', (folder) => {
    expect(lies(listEnded(files, folder, 'partial'))).toEqual([]);
    expect(lies(without(files, (path) => path === `${folder}list.json`))).toEqual([]);
    expect(lies(without(files, (path) => path.startsWith(folder) && isPart(path)))).toEqual([]);
    expect(lies(cutTo(folder, (text) => text.slice(text.indexOf('\n') + 1)))).toEqual([]);
    expect(lies(cutTo(folder, (text) => text.slice(0, text.length / 2)))).toEqual([]);
  });

  it.each([
    'resources',
    'discovery',
    'collectors',
    'logs',
    'nodes',
    'health',
    'changes',
    'manifest.json',
    'bundle.json',
  ])('without %s', (top) => {
    expect(lies(without(files, (path) => path === top || path.startsWith(`${top}/`)))).toEqual([]);
  });
});
