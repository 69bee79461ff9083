/** Making foreign text safe to show: names, logs and annotations of a bundle are hostile input. */

/** C0 and C1 controls, DEL, and the bidirectional and zero-width characters that make text look like another. */
const CONTROL =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/**
 * One or more lines of foreign text without any character that a terminal would obey: each is shown as `\xNN` or
 * `\u{NNNN}`. Tabs and line feeds stay.
 */
export function printable(text: string): string {
  return text.replace(CONTROL, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** `printable`, with line feeds and tabs made spaces, so that it fits one row. */
export function oneLine(text: string): string {
  return printable(text.replace(/[\r\n\t]+/g, ' '));
}

/** What JSON.stringify leaves as it is and a terminal would obey; \ufeff and all before are one UTF-16 unit each. */
const LEFT_BY_JSON = /[\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A value as JSON text that means the same and that is safe to show: what a terminal would obey is escaped. */
export function jsonText(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(
    LEFT_BY_JSON,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `1 pod`, `3 pods`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
