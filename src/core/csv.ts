/** CSV as RFC 4180 has it, with fields that a spreadsheet would run as a formula defused. */

/** What spreadsheets take for the beginning of a formula (OWASP, CSV injection); full-width forms are normalised too. */
const FORMULA = /^[\s\u0000]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** A plain number cannot do harm, and `-5` must stay one. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * One field. Text that a spreadsheet would run gets an apostrophe in front (shown as text there, visible elsewhere);
 * null and undefined are empty; bytes are hex.
 */
export function csvField(value: string | number | bigint | boolean | Uint8Array | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') {
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
  }
  const safe = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One record with its line end (CRLF, as RFC 4180 wants it). */
export function csvRecord(values: ReadonlyArray<Parameters<typeof csvField>[0]>): string {
  return `${values.map(csvField).join(',')}\r\n`;
}
