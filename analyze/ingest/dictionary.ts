/** Strings by number: repeated names of a million lines are bound once. Bounded in memory however many there are. */
import type { StoreWriter } from '../store/writer.ts';

/** So many strings are remembered; beyond it the table itself is asked. */
const REMEMBERED = 100_000;
const SHORT = 8;
const MOST_SHORT = 8;

/** Gives ids of `dns_strings`, adding what is new. */
export function dictionary(out: StoreWriter, remembered = REMEMBERED): (text: string) => number {
  const ids = new Map<string, number>();
  const add = out.insert('dns_strings', ['id', 'text']);
  let count = out.get<{ n: number }>('SELECT count(*) AS n FROM dns_strings')?.n ?? 0;
  let forgot = count > 0;
  // Types and response codes: a handful, on every line. Comparing them is cheaper than hashing.
  const short: Array<{ readonly text: string; readonly id: number }> = [];
  const idOf = (text: string): number => {
    const known = ids.get(text);
    if (known !== undefined) return known;
    if (ids.size >= remembered) {
      ids.clear();
      forgot = true;
    }
    const stored = forgot
      ? out.get<{ id: number }>('SELECT id FROM dns_strings WHERE text = ?', [text])?.id
      : undefined;
    let id = stored;
    if (id === undefined) {
      count += 1;
      id = count;
      add(id, text);
    }
    // A copy: a slice would keep the whole chunk it was cut from.
    const copy = Buffer.from(text).toString();
    ids.set(copy, id);
    if (text.length <= SHORT && short.length < MOST_SHORT) short.push({ text: copy, id });
    return id;
  };
  return (text) => {
    if (text.length <= SHORT) {
      for (const known of short) if (known.text === text) return known.id;
    }
    return idOf(text);
  };
}
