import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { createAddressMap } from '../../src/bundle/redaction/addresses.ts';
import { createWordMap } from '../../src/bundle/redaction/words.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const v6 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const spelled = (bytes: Uint8Array): string => ipaddr.fromByteArray([...bytes]).toString();
const bytesOf = (text: string): number[] => ipaddr.parse(text).toByteArray();

/** Of two addresses, how many leading bits they share. */
function shared(a: readonly number[], b: readonly number[]): number {
  const bits = (bytes: readonly number[]): string =>
    bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const [one, two] = [bits(a), bits(b)];
  let at = 0;
  while (at < one.length && one[at] === two[at]) at += 1;
  return at;
}

describe('pseudonyms of addresses', () => {
  it.each([
    ['IPv4', v4],
    ['IPv6', v6],
  ] as const)('share exactly as long a prefix as the %s addresses did', (_family, addresses) => {
    fc.assert(
      fc.property(key, addresses, addresses, fc.nat(128), (secret, first, other, same) => {
        const map = createAddressMap(secret);
        // Two that share much are seldom drawn.
        const second = Uint8Array.from(other, (byte, at) => (at < same / 8 ? (first[at] ?? 0) : byte));
        const [a, b] = [map.map(spelled(first)) ?? '', map.map(spelled(second)) ?? ''];
        expect(shared(bytesOf(a), bytesOf(b))).toBe(shared([...first], [...second]));
      }),
    );
  });

  it('lie in the pseudonym of every block that the address lay in', () => {
    fc.assert(
      fc.property(key, v4, fc.integer({ min: 1, max: 32 }), (secret, address, bits) => {
        const map = createAddressMap(secret);
        const network = ipaddr.IPv4.networkAddressFromCIDR(`${spelled(address)}/${bits}`).toString();
        const [base = '', length = ''] = (map.map(`${network}/${bits}`) ?? '').split('/');
        expect(length).toBe(String(bits));
        expect(ipaddr.parse(map.map(spelled(address)) ?? '').match(ipaddr.parse(base), bits)).toBe(true);
      }),
    );
  });

  it('stay private, public, loopback or link-local as they were', () => {
    fc.assert(
      fc.property(key, v4, (secret, address) => {
        const mapped = createAddressMap(secret).map(spelled(address)) ?? '';
        const [before, after] = [ipaddr.parse(spelled(address)).range(), ipaddr.parse(mapped).range()];
        const told = new Set([
          'private',
          'loopback',
          'linkLocal',
          'multicast',
          'carrierGradeNat',
          'unspecified',
          'broadcast',
        ]);
        const side = (range: string): string => (told.has(range) ? range : 'public');
        expect(side(after)).toBe(side(before));
      }),
    );
  });
});

describe('pseudonyms of words', () => {
  const word = fc.stringMatching(/^[a-z]{2,12}$/);

  it('are one to one, and the same each time', () => {
    fc.assert(
      fc.property(key, fc.uniqueArray(word, { minLength: 2, maxLength: 200 }), (secret, words) => {
        const map = createWordMap(secret, new Set());
        const names = words.map((one) => map.map(one));
        expect(new Set(names).size).toBe(words.length);
        expect(words.map((one) => map.map(one))).toEqual(names);
      }),
    );
  });

  it('keep capitals where they were', () => {
    fc.assert(
      fc.property(key, fc.stringMatching(/^[A-Za-z]{3,12}$/), (secret, text) => {
        const name = createWordMap(secret, new Set()).map(text);
        expect(name.replace(/[A-Z]/g, 'A').replace(/[a-z]/g, 'a')).toBe(
          text.replace(/[A-Z]/g, 'A').replace(/[a-z]/g, 'a'),
        );
      }),
    );
  });
});
