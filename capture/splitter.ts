/** Cuts a JSON list as it streams past into its items, byte for byte, without ever parsing a page. */
import { asRecord } from '../src/core/json.ts';
import { ApiFailure } from './failure.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/** More than this outside of `items` is no Kubernetes list. */
const MAX_META = 1024 * 1024;
/** etcd refuses values over 1.5 MiB by default; aggregated servers may hold more. */
const MAX_ITEM = 64 * 1024 * 1024;

export interface ListMeta {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
  /** Of a `Status` in the place of a list. */
  readonly message?: string;
}

export interface ListSplitter {
  /** Takes the next bytes of the answer; returns the items that are whole by then. */
  push(chunk: Uint8Array): Buffer[];
  /**
   * To be called when the answer has ended.
   * @throws ApiFailure (`invalid`) when it was no whole JSON object, or (`unreachable`) when it was cut.
   */
  end(): ListMeta;
}

interface State {
  depth: number;
  inString: boolean;
  escaped: boolean;
  started: boolean;
  finished: boolean;
  /** Inside the array behind the top-level key `items`. */
  inItems: boolean;
  inItem: boolean;
  /** Where the run of bytes of this chunk begins that has not been kept yet. */
  from: number;
  expectKey: boolean;
  lastKey: string;
  keyBytes: number[] | undefined;
  /** Everything outside of `items`, as JSON with an empty array in their place. */
  readonly meta: Buffer[];
  metaLength: number;
  readonly pieces: Buffer[];
  piecesLength: number;
}

/**
 * A splitter for one page: `{"kind": …, "metadata": {…}, "items": [ITEM, ITEM, …]}` with the fields in any order (custom
 * resources put `metadata` last) and `items` possibly null or absent. Items come out as served, with line feeds outside
 * of strings made spaces, so that each is one line. Malformed JSON is noticed by structure only: an item that does not
 * parse is for its reader to find.
 */
export function createListSplitter(): ListSplitter {
  const state: State = {
    depth: 0,
    inString: false,
    escaped: false,
    started: false,
    finished: false,
    inItems: false,
    inItem: false,
    from: 0,
    expectKey: false,
    lastKey: '',
    keyBytes: undefined,
    meta: [],
    metaLength: 0,
    pieces: [],
    piecesLength: 0,
  };
  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const items: Buffer[] = [];
      scan(state, bytes, items);
      return items;
    },
    end() {
      if (!state.finished) {
        throw new ApiFailure(
          state.started ? 'unreachable' : 'invalid',
          state.started ? 'the answer was cut in the middle of the list' : 'the answer is empty',
        );
      }
      return metaOf(Buffer.concat(state.meta).toString('utf8'));
    },
  };
}

function scan(state: State, bytes: Buffer, items: Buffer[]): void {
  state.from = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    if (state.inItem) {
      index = scanItem(state, bytes, index);
      if (index === bytes.length) break;
    } else if (state.inString) {
      index = scanString(state, bytes, index);
      continue;
    }
    const byte = bytes[index] ?? 0;
    if (byte === QUOTE) {
      if (state.depth === 0) throw notList();
      state.inString = true;
      if (state.depth === 1 && state.expectKey) state.keyBytes = [];
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      open(state, bytes, index, byte);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      close(state, bytes, index, items);
    } else if (state.depth === 1) {
      if (byte === COLON) state.expectKey = false;
      else if (byte === COMMA) state.expectKey = true;
    } else if (state.depth === 0 && byte > 0x20 && !BYTE_ORDER_MARK.includes(byte)) {
      throw notList();
    }
  }
  if (state.inItem) keepPiece(state, bytes.subarray(state.from));
  else if (!state.inItems) keepMeta(state, bytes.subarray(state.from));
}

/**
 * Goes on inside an item, where nearly all bytes lie; returns the index of the bracket that closes it, or the chunk's
 * length. Strings are skipped quote by quote: what stands in them is of no interest.
 */
function scanItem(state: State, bytes: Buffer, start: number): number {
  let { depth, inString, escaped } = state;
  let index = start;
  for (; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 3) break;
      depth -= 1;
    }
  }
  state.depth = depth;
  state.inString = inString;
  state.escaped = escaped;
  return index;
}

/** Goes on inside a string outside of the items; returns the index of its closing quote, or of the chunk's last byte. */
function scanString(state: State, bytes: Buffer, start: number): number {
  const { keyBytes } = state;
  for (let index = start; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (state.escaped) state.escaped = false;
    else if (byte === BACKSLASH) state.escaped = true;
    else if (byte === QUOTE) {
      state.inString = false;
      if (keyBytes !== undefined) {
        state.lastKey = Buffer.from(keyBytes).toString('utf8');
        state.keyBytes = undefined;
      }
      return index;
    }
    keyBytes?.push(byte);
  }
  return bytes.length;
}

function open(state: State, bytes: Buffer, index: number, byte: number): void {
  if (state.depth === 0) {
    if (state.started || byte !== OPEN_OBJECT) throw notList();
    state.started = true;
    state.expectKey = true;
  }
  state.depth += 1;
  if (state.depth === 2 && byte === OPEN_ARRAY && state.lastKey === 'items' && !state.expectKey) {
    state.inItems = true;
    keepMeta(state, bytes.subarray(state.from, index + 1));
    state.from = index + 1;
  } else if (state.inItems && state.depth === 3) {
    state.inItem = true;
    state.from = index;
  }
}

function close(state: State, bytes: Buffer, index: number, items: Buffer[]): void {
  state.depth -= 1;
  if (state.depth < 0) throw notList();
  if (state.inItem && state.depth === 2) {
    keepPiece(state, bytes.subarray(state.from, index + 1));
    items.push(joined(state.pieces, state.piecesLength));
    state.pieces.length = 0;
    state.piecesLength = 0;
    state.inItem = false;
    state.from = index + 1;
  } else if (state.inItems && state.depth === 1) {
    state.inItems = false;
    state.from = index;
  } else if (state.depth === 0) {
    state.finished = true;
  }
}

function keepMeta(state: State, bytes: Buffer): void {
  state.metaLength += bytes.length;
  if (state.metaLength > MAX_META) {
    throw new ApiFailure(
      'invalid',
      'the answer is no Kubernetes list: it has more than 1 MiB outside of its items',
    );
  }
  if (bytes.length > 0) state.meta.push(Buffer.from(bytes));
}

function keepPiece(state: State, bytes: Buffer): void {
  state.piecesLength += bytes.length;
  if (state.piecesLength > MAX_ITEM) {
    throw new ApiFailure('too-large', 'one object of the list is larger than 64 MiB');
  }
  if (bytes.length > 0) state.pieces.push(bytes);
}

function notList(): ApiFailure {
  return new ApiFailure('invalid', 'the answer is no JSON list');
}

/** One item of one or more pieces, on one line. Raw line feeds are only ever layout: strings hold them escaped. */
function joined(pieces: readonly Buffer[], length: number): Buffer {
  const [only] = pieces;
  const item = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, length);
  if (!item.includes(0x0a) && !item.includes(0x0d)) return item;
  const flat = Buffer.from(item);
  for (let index = 0; index < flat.length; index += 1) {
    if (flat[index] === 0x0a || flat[index] === 0x0d) flat[index] = 0x20;
  }
  return flat;
}

function metaOf(text: string): ListMeta {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ApiFailure('invalid', 'the list is no valid JSON', { cause: error });
  }
  const top = asRecord(parsed);
  const metadata = asRecord(top['metadata']);
  const kind = asString(top['kind']);
  const apiVersion = asString(top['apiVersion']);
  const resourceVersion = asString(metadata['resourceVersion']);
  const token = asString(metadata['continue']);
  const remaining = metadata['remainingItemCount'];
  const message = asString(top['message']);
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(resourceVersion === undefined || resourceVersion === '' ? {} : { resourceVersion }),
    ...(token === undefined || token === '' ? {} : { continue: token }),
    ...(typeof remaining === 'number' ? { remainingItemCount: remaining } : {}),
    ...(message === undefined ? {} : { message }),
  };
}

function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
