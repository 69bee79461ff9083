import { describe, expect, it } from 'vitest';
import { startIngest } from '../../../analyze/ingest/ingest.ts';
import { createStore, type StoreWriter } from '../../../analyze/store/writer.ts';
import { storeFrom } from '../../support/evidence.ts';

/** A store of raw entries, for what no honest capture writes. */
function load(files: Readonly<Record<string, string | Buffer>>): StoreWriter {
  const out = createStore(':memory:');
  const ingest = startIngest(out);
  for (const [path, body] of Object.entries(files)) {
    const entry = ingest.open(path);
    entry.write(Buffer.from(body));
    entry.end();
  }
  ingest.finish();
  return out;
}

const meta = (name: string, more: object = {}): object => ({
  name,
  namespace: 'shop',
  uid: `uid-${name}`,
  ...more,
});

describe('lists and gaps', () => {
  it('tells an empty list from a forbidden one and one that was cut', () => {
    const store = storeFrom({
      objects: [{ apiVersion: 'v1', kind: 'Secret', metadata: meta('s') }],
      lists: { services: 'forbidden', secrets: 'absent', pods: { outcome: 'partial', namespace: 'shop' } },
      endedAt: null,
    });
    expect(
      store.all(
        "SELECT resource, namespace, outcome, gap FROM lists WHERE resource IN ('services','secrets','pods','nodes') ORDER BY 1",
      ),
    ).toEqual([
      { resource: 'nodes', namespace: null, outcome: 'complete', gap: null },
      { resource: 'pods', namespace: 'shop', outcome: 'partial', gap: 'list:pods@shop' },
      { resource: 'services', namespace: null, outcome: 'failed', gap: 'list:services' },
    ]);
    expect(store.all('SELECT key, reason, partial FROM gaps ORDER BY key')).toEqual([
      { key: 'list:pods@shop', reason: 'timeout', partial: 1 },
      { key: 'list:secrets', reason: 'interrupted', partial: 1 },
      { key: 'list:services', reason: 'forbidden', partial: 0 },
    ]);
    store.close();
  });
});

describe('hostile input', () => {
  const part = 'resources/core/v1/pods/0001.ndjson';

  it('counts what cannot be read and loads the rest', () => {
    const store = load({
      [part]: [
        '{"metadata":{"name":"ok"}}',
        'not json',
        '[]',
        'null',
        '{"metadata":null}',
        '{"metadata":{"name":7}}',
        `${'['.repeat(2000)}${']'.repeat(2000)}`,
        `{"metadata":{"name":"deep"},"x":${'['.repeat(3000)}${']'.repeat(3000)}}`,
        '',
        '{"metadata":{"name":"odd","labels":[1],"ownerReferences":"x","managedFields":[null,7],"creationTimestamp":5,"generation":1.5},"spec":{"containers":[null,{"name":3},{"name":"c","ports":[{"containerPort":1e300}]}]},"status":"gone"}',
      ].join('\n'),
      [part.replace('pods', 'services')]:
        '{"metadata":{"name":"s"},"spec":{"ports":[{"port":"80"},null],"selector":"x"}}',
    });
    expect(
      store.all<{ name: string }>('SELECT name FROM objects ORDER BY name').map(({ name }) => name),
    ).toEqual(['odd', 'ok', 's']);
    expect(store.get('SELECT detail FROM gaps WHERE key = ?', [`bundle:invalid:${part}`])).toMatchObject({
      detail: expect.stringContaining('7 records not readable, the first at line 2: no JSON'),
    });
    store.close();
  });

  it('keeps the later of two objects with one uid, and the first of two entries with one path', () => {
    const pod = (phase: string): string =>
      JSON.stringify({ metadata: { name: 'p', uid: 'u' }, status: { phase } });
    const out = createStore(':memory:');
    const ingest = startIngest(out);
    for (const body of [`${pod('Pending')}\n${pod('Running')}`, pod('Failed')]) {
      const entry = ingest.open(part);
      entry.write(Buffer.from(body));
      entry.end();
    }
    ingest.finish();
    expect(out.all('SELECT phase FROM pods')).toEqual([{ phase: 'Running' }]);
    expect(out.all('SELECT count(*) AS n FROM bodies')).toEqual([{ n: 1 }]);
    out.close();
  });

  it('takes prototype names, lone surrogates, NUL and invalid UTF-8 as they come', () => {
    const store = load({
      [part]: Buffer.concat([
        Buffer.from(
          '{"metadata":{"name":"__proto__","labels":{"__proto__":"x","constructor":"y"}}}\n{"metadata":{"name":"\\ud800\\u0000"}}\n{"metadata":{"name":"',
        ),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('"}}\n'),
      ]),
      'logs/a/b/c.log': Buffer.from([0xff, 0x00, 0x0a, 0x1b, 0x5b, 0x0a]),
      'bundle.json': '{"format":"x"}',
      'manifest.json': 'nope',
      'collectors/x.json': '[]',
      'resources/core/v1/pods/list.json': '{}',
    });
    expect(store.get('SELECT count(*) AS n FROM objects')).toEqual({ n: 3 });
    expect(store.get('SELECT count(*) AS n FROM log_text')).toEqual({ n: 2 });
    expect(store.get("SELECT count(*) AS n FROM gaps WHERE reason = 'invalid'")).toEqual({ n: 4 });
    store.close();
  });
});
