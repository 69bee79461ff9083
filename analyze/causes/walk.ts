/** Walks over findings and what explains them, by key. */

/** A key and all that is reached from it. */
export function closure(from: string, next: (key: string) => Iterable<string>): Set<string> {
  const seen = new Set([from]);
  for (const one of seen) for (const more of next(one)) seen.add(more);
  return seen;
}

/** The consequences of each cause, from the causes of each consequence. */
export function reversed(causes: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string[]> {
  const consequences = new Map<string, string[]>();
  for (const [consequence, list] of causes) {
    for (const cause of list) {
      const known = consequences.get(cause);
      if (known) known.push(consequence);
      else consequences.set(cause, [consequence]);
    }
  }
  return consequences;
}
