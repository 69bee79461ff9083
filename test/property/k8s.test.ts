/** Laws of the Kubernetes semantics that must hold for any labels, selectors, ports and names. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queriedNames, serviceName, serviceOfName } from '../../src/k8s/dns-names.ts';
import { editDistance } from '../../src/k8s/edit-distance.ts';
import { matchesSelector, matchesSet, parseSelector, type LabelSelector } from '../../src/k8s/labels.ts';
import { nearMiss } from '../../src/k8s/near-miss.ts';
import { parseQuantity } from '../../src/k8s/quantity.ts';
import { resolvePort } from '../../src/k8s/service-ports.ts';

const key = fc.constantFrom('a', 'b', 'c', 'app', 'app.kubernetes.io/name');
const value = fc.constantFrom('', 'x', 'y', 'web-v1', 'web-v2', 'Web');
const labels = fc.dictionary(key, value, { maxKeys: 5 });
const requirement = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    values: fc.array(value, { minLength: 1 }),
  }),
  fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
);
const served = fc.record({ matchLabels: labels, matchExpressions: fc.array(requirement, { maxLength: 4 }) });
const dnsLabel = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);

function parsed(selector: unknown): LabelSelector {
  const answer = parseSelector(selector);
  if (!answer.ok) throw new Error(answer.problem);
  return answer.selector;
}

describe('selectors', () => {
  it('of pairs match exactly the supersets, and nothing when empty', () => {
    fc.assert(
      fc.property(labels, labels, (selector, of) => {
        const superset = Object.entries(selector).every(([k, v]) => Object.hasOwn(of, k) && of[k] === v);
        expect(matchesSet(selector, of)).toBe(superset && Object.keys(selector).length > 0);
      }),
    );
  });

  it('are the conjunction of their parts', () => {
    fc.assert(
      fc.property(served, labels, (selector, of) => {
        const parts = [
          ...Object.entries(selector.matchLabels).map(([k, v]) => ({ matchLabels: { [k]: v } })),
          ...selector.matchExpressions.map((one) => ({ matchExpressions: [one] })),
        ];
        expect(matchesSelector(parsed(selector), of)).toBe(
          parts.every((part) => matchesSelector(parsed(part), of)),
        );
      }),
    );
  });

  it('take no labels with an expression and its opposite', () => {
    const opposite = { In: 'NotIn', NotIn: 'In', Exists: 'DoesNotExist', DoesNotExist: 'Exists' } as const;
    fc.assert(
      fc.property(requirement, labels, (one, of) => {
        const yes = matchesSelector(parsed({ matchExpressions: [one] }), of);
        const no = matchesSelector(
          parsed({ matchExpressions: [{ ...one, operator: opposite[one.operator] }] }),
          of,
        );
        expect(yes).toBe(!no);
      }),
    );
  });

  it('of a LabelSelector with pairs alone agree with a plain set, but for the empty one', () => {
    fc.assert(
      fc.property(labels, labels, (selector, of) => {
        fc.pre(Object.keys(selector).length > 0);
        expect(matchesSelector(parsed({ matchLabels: selector }), of)).toBe(matchesSet(selector, of));
      }),
    );
  });

  it('never throw on what a cluster might serve', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        expect(typeof parseSelector(any).ok).toBe('boolean');
      }),
    );
  });
});

describe('near misses', () => {
  it('are never of labels that match, and each wanted pair is truly missed', () => {
    fc.assert(
      fc.property(labels, labels, (selector, of) => {
        const miss = nearMiss(selector, of);
        expect(matchesSet(selector, of) && miss !== undefined).toBe(false);
        for (const { wanted, found } of miss?.differences ?? []) {
          expect(selector[wanted.key]).toBe(wanted.value);
          expect(of[wanted.key]).not.toBe(wanted.value);
          expect(found === undefined || of[found.key] === found.value).toBe(true);
        }
      }),
    );
  });

  it('rest on a distance that is a metric', () => {
    const word = fc.stringMatching(/^[ab]{0,6}$/);
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b, 2)).toBe(Math.min(distance, 3));
      }),
    );
  });
});

describe('ports', () => {
  it('resolve to a declared port of that name and protocol, or nowhere', () => {
    const port = fc.record({
      container: fc.constant('c'),
      name: fc.constantFrom('http', 'dns', 'admin'),
      port: fc.integer({ min: 1, max: 65535 }),
      protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
    });
    fc.assert(
      fc.property(fc.array(port), port, (declared, wanted) => {
        const resolved = resolvePort(
          { port: 80, targetPort: wanted.name, protocol: wanted.protocol },
          declared,
        );
        const fitting = declared.find((one) => one.name === wanted.name && one.protocol === wanted.protocol);
        expect(resolved).toBe(fitting?.port);
      }),
    );
  });
});

describe('quantities', () => {
  it('scale with their suffix', () => {
    const factors = { '': 1, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.constantFrom(...Object.entries(factors)),
        (n, [suffix, factor]) => {
          expect(parseQuantity(`${n}${suffix}`)).toBe(n * factor);
        },
      ),
    );
  });

  it('never throw', () => {
    fc.assert(
      fc.property(fc.anything(), (any) => {
        const value = parseQuantity(any);
        expect(value === undefined || Number.isFinite(value)).toBe(true);
      }),
    );
  });
});

describe('names', () => {
  it('of a Service are found again whichever way a client writes them', () => {
    fc.assert(
      fc.property(dnsLabel, dnsLabel, (name, namespace) => {
        fc.pre(namespace !== 'svc');
        for (const written of [
          `${name}.${namespace}`,
          `${name}.${namespace}.svc`,
          serviceName(name, namespace),
        ]) {
          expect(serviceOfName(written, 'elsewhere')).toEqual({ namespace, name });
        }
      }),
    );
  });

  it('are each asked for once through every search domain, and as they are', () => {
    fc.assert(
      fc.property(
        dnsLabel,
        fc.array(dnsLabel, { maxLength: 6 }),
        fc.integer({ min: 1, max: 15 }),
        (name, search, ndots) => {
          const asked = queriedNames(name, search, ndots);
          expect(asked).toHaveLength(search.length + 1);
          expect(asked).toContain(name);
        },
      ),
    );
  });
});
