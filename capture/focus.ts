/** What the user asks about: `svc/NAME`, `pod/NAME`, `ns/NAME` or a host, as Focus. Pure. */
import { UserError } from '../src/core/errors.ts';
import type { Focus } from './collector.ts';

const KINDS: Readonly<Record<string, Focus['kind']>> = {
  svc: 'service',
  service: 'service',
  services: 'service',
  po: 'pod',
  pod: 'pod',
  pods: 'pod',
  ns: 'namespace',
  namespace: 'namespace',
  namespaces: 'namespace',
};
/** RFC 1123, as every name in question is; a host may begin with `*.`. */
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const HINT =
  'name svc/NAME, pod/NAME (in another namespace than that of -n: svc/NAMESPACE/NAME), ns/NAME or a host.';

/**
 * One argument. `namespace` is that of `-n` or of the kubeconfig's context.
 * @throws UserError `bad-focus`
 */
export function parseFocus(text: string, namespace: string): Focus {
  const parts = text.toLowerCase().split('/');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) {
    if (!first.includes('.') || !NAME.test(first.replace(/^\*\./, '')))
      throw bad(text, 'says not what it names');
    return { kind: 'host', name: first };
  }
  const kind = KINDS[first];
  if (kind === undefined) throw bad(text, `begins with no kind that can be asked about (\`${first}\`)`);
  const name = rest.at(-1) ?? '';
  const within = rest.length > 1 ? rest[0] : undefined;
  if (rest.length > 2 || (kind === 'namespace' && within !== undefined))
    throw bad(text, 'has too many parts');
  if (!NAME.test(name) || (within !== undefined && !NAME.test(within)))
    throw bad(text, 'holds no valid name');
  return kind === 'namespace' ? { kind, name } : { kind, namespace: within ?? namespace, name };
}

/** Namespaces that the focus lies in: their logs come before all others of the same worth. */
export function focusNamespaces(focus: readonly Focus[] | undefined): ReadonlySet<string> {
  return new Set(
    (focus ?? []).flatMap(({ kind, namespace, name }) => (kind === 'namespace' ? [name] : (namespace ?? []))),
  );
}

function bad(text: string, why: string): UserError {
  return new UserError('bad-focus', `${text} ${why}`, { hint: HINT });
}
