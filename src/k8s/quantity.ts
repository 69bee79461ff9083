/** Kubernetes quantities (`k8s.io/apimachinery/pkg/api/resource`): `1.5Gi`, `100m`, `1e3`, `2E`. */

const BINARY: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
/** Powers of ten, so that `100m` is 100 / 1000 and not 100 × 0.001 with its rounding. */
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d+)|([KMGTPE]i)|([numkMGTPE]?))$/;

/**
 * The number of base units (bytes, cores, pieces) of a quantity, or undefined when it is none. Kubernetes takes `E`
 * without digits for exa and with digits for an exponent. JSON numbers are taken as they are.
 */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = QUANTITY.exec(value);
  if (match === null) return undefined;
  const [, sign = '', digits = '', exponent, binary, decimal = ''] = match;
  const factor = sign === '-' ? -1 : 1;
  if (binary !== undefined) return factor * Number(digits) * (BINARY[binary] ?? Number.NaN);
  const power = exponent === undefined ? (DECIMAL[decimal] ?? 0) : Number(exponent.slice(1));
  const number = Number(`${digits}e${power}`);
  return Number.isFinite(number) ? factor * number : undefined;
}

const BYTE_UNITS = ['B', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** Bytes as Kubernetes writes memory, to at most one decimal: `512Mi`, `1.5Gi`, `100B`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Math.round(value * 10) / 10}${BYTE_UNITS[unit] ?? 'B'}`;
}
