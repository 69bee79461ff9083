/** kubectl commands with real names filled in, quoted so that no name of a hostile bundle can do harm when pasted. */

/** Without what no command line shows. */
function visible(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu,
    '',
  );
}

/** One argument for a POSIX shell: bare when it is harmless, else in single quotes. Control characters are dropped. */
export function shellQuote(text: string): string {
  const clean = visible(text);
  if (
    /^[A-Za-z0-9_/=.,:@%+][A-Za-z0-9_/=.,:@%+-]*$/.test(clean) ||
    /^--?[a-z][a-z-]*(=[A-Za-z0-9_/.,:-]*)?$/.test(clean) ||
    clean === '--'
  ) {
    return clean;
  }
  return `'${clean.replaceAll("'", `'\\''`)}'`;
}

/** The flags that checks use. A name that looks like another (`--server=…`) would make a pasted command obey the bundle. */
const FLAGS =
  /^(?:-[lcop]|--(?:previous|raw|show-labels|type|all-namespaces|to-revision|replicas|name|port|target-port|overwrite|tail)(?:=.*)?|--)$/s;

/** An argument that cannot be taken for a flag it is not: no name of Kubernetes begins with a dash. */
function argument(text: string): string {
  const clean = visible(text);
  return shellQuote(FLAGS.test(clean) ? clean : clean.replace(/^-+/, ''));
}

/** `kubectl -n shop get endpointslices …`: flags and values alike are quoted one by one. */
export function kubectl(namespace: string | undefined, ...args: readonly string[]): string {
  const scope = namespace === undefined ? [] : ['-n', shellQuote(namespace)];
  return ['kubectl', ...scope, ...args.map(argument)].join(' ');
}
