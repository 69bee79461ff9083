/** Texts read chunk by chunk: from what can begin a name or an address to the next blank or quote. */

const COLON = 0x3a;
/** Beyond ASCII, what `\s` means too. */
const WIDE_BLANK = /\s/;

const ASCII_START = asciiTable(/[\\%0-9A-Za-z\x1b]/);
const ASCII_END = asciiTable(/[\s"]/);
const HEX = asciiTable(/[0-9A-Fa-f]/);

function asciiTable(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0));
}

/**
 * The text with each chunk replaced by what `put` gives for it, or left where that gives undefined; the very same string
 * when all were left. A chunk is a match of `(?:[\\%0-9A-Za-z\u0080-\uffff\x1b]|::(?=[0-9A-Fa-f]))[^\s"]*`: by hand, since
 * these are most of a text, and a pattern with a callback takes twice as long.
 */
export function replaceChunks(text: string, put: (chunk: string) => string | undefined): string {
  const { length } = text;
  let out = '';
  let done = 0;
  let at = 0;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (!(code < 128 ? ASCII_START[code] === 1 || (code === COLON && isAddressStart(text, at)) : true)) {
      at += 1;
      continue;
    }
    const end = endOf(text, at + 1);
    const named = put(text.slice(at, end));
    if (named !== undefined) {
      out += text.slice(done, at) + named;
      done = end;
    }
    at = end;
  }
  return done === 0 ? text : out + text.slice(done);
}

/** `::1`, `::ffff:10.0.0.1`. */
function isAddressStart(text: string, at: number): boolean {
  return text.charCodeAt(at + 1) === COLON && HEX[text.charCodeAt(at + 2)] === 1;
}

function endOf(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 128 ? ASCII_END[code] === 1 : WIDE_BLANK.test(text.charAt(at))) break;
  }
  return at;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** A string of its own: V8's slices hold on to the whole text that they were cut from. */
export function ownCopy(text: string): string {
  const wide = /[^\x00-\xff]/.test(text);
  return Buffer.from(text, wide ? 'utf16le' : 'latin1').toString(wide ? 'utf16le' : 'latin1');
}
