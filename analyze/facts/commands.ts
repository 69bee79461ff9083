/** kubectl commands with real names filled in, quoted so that no name of a hostile bundle can do harm when pasted. */

/** One argument for a POSIX shell: bare when it is harmless, else in single quotes. Control characters are dropped. */
export function shellQuote(text: string): string {
  const clean = text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    '',
  );
  if (
    /^[A-Za-z0-9_/=.,:@%+][A-Za-z0-9_/=.,:@%+-]*$/.test(clean) ||
    /^--?[a-z][a-z-]*(=[A-Za-z0-9_/.,:-]*)?$/.test(clean)
  ) {
    return clean;
  }
  return `'${clean.replaceAll("'", `'\\''`)}'`;
}

/** `kubectl -n shop get endpointslices …`: flags and values alike are quoted one by one. */
export function kubectl(namespace: string | undefined, ...args: readonly string[]): string {
  const scope = namespace === undefined ? [] : ['-n', shellQuote(namespace)];
  return ['kubectl', ...scope, ...args.map(shellQuote)].join(' ');
}
