/** What tools of delivery write on the objects they deliver, read from those a finding is about. */
import { fields } from '../../ingest/read.ts';
import { dig } from '../../facts/read.ts';
import type { Scene } from './scene.ts';

export interface Marks {
  label(key: string): string | undefined;
  annotation(key: string): string | undefined;
}

const MOST = 20;

/** Of the finding's object, what it involves and its workloads, as many as tell who delivered them. */
export function marksOf({ finding, facts, related }: Scene): Marks[] {
  const refs = [finding.object, ...related.map(({ ref }) => ref), ...finding.involves].slice(0, MOST);
  return refs.flatMap(({ kind, namespace = '', name }) => {
    const object =
      facts.workloads.named(kind, namespace, name) ??
      (kind === 'Service' ? facts.services.named(namespace, name) : undefined) ??
      (kind === 'Pod' ? facts.pods.named(namespace, name) : undefined);
    if (object === undefined) return [];
    const metadata = dig(facts.objects.body(object), 'metadata');
    const read = (part: string) => (key: string) => {
      const value = fields(dig(metadata, part))[key];
      return typeof value === 'string' ? value : undefined;
    };
    return [{ label: read('labels'), annotation: read('annotations') }];
  });
}
