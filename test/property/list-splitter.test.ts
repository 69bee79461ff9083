/** The list splitter against JSON.parse: any list, cut into any chunks, gives the same items. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createListSplitter } from '../../capture/splitter.ts';

const item = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
const layout = fc.constantFrom(undefined, 1, 2);
const fields = fc.record({
  kind: fc.string(),
  metadata: fc.record({ resourceVersion: fc.string(), continue: fc.string() }),
  items: fc.oneof(fc.array(item, { maxLength: 8 }), fc.constant(null)),
  other: fc.jsonValue({ maxDepth: 3 }),
});
const order = fc.shuffledSubarray(['kind', 'metadata', 'items', 'other'] as const, { minLength: 4 });

function split(bytes: Buffer, cuts: readonly number[]): { items: unknown[]; lines: Buffer[]; meta: unknown } {
  const splitter = createListSplitter();
  const lines: Buffer[] = [];
  let from = 0;
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  for (const cut of [...places, bytes.length]) {
    // A copy of each, so that nothing can lean on its neighbour.
    lines.push(...splitter.push(Buffer.from(bytes.subarray(from, cut))));
    from = cut;
  }
  return { lines, items: lines.map((line) => JSON.parse(line.toString('utf8'))), meta: splitter.end() };
}

describe('createListSplitter', () => {
  it('gives what JSON.parse gives, each item on one line', () => {
    fc.assert(
      fc.property(
        fields,
        order,
        layout,
        fc.array(fc.nat(), { maxLength: 12 }),
        (list, keys, indent, cuts) => {
          const ordered = Object.fromEntries(keys.map((key) => [key, list[key]]));
          const text = JSON.stringify(ordered, undefined, indent);
          const { items, lines, meta } = split(Buffer.from(text), cuts);
          expect(items).toEqual(JSON.parse(text).items ?? []);
          expect(lines.filter((line) => line.includes(0x0a))).toEqual([]);
          expect(meta).toMatchObject({
            kind: list.kind,
            ...(list.metadata.continue === '' ? {} : { continue: list.metadata.continue }),
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never takes a list that was cut for a whole one', () => {
    fc.assert(
      fc.property(fields, fc.nat(), (list, cut) => {
        const text = Buffer.from(JSON.stringify(list));
        const part = text.subarray(0, cut % text.length);
        expect(() => split(part, [])).toThrow(/cut|empty/);
      }),
    );
  });

  it('ends on any bytes, with items or an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const splitter = createListSplitter();
        let failure: unknown;
        try {
          splitter.push(bytes);
          splitter.end();
        } catch (error) {
          failure = error;
        }
        expect([undefined, 'ApiFailure']).toContain(failure instanceof Error ? failure.name : failure);
      }),
    );
  });
});
