/** `ingresses`, one row a host and path; the default backend has neither. */
import { isRecord } from '../../../src/core/json.ts';
import { fields, items, scalar, text, texts, type Fields } from '../read.ts';
import type { Table } from '../table.ts';

const table: Table = {
  id: 'ingresses',
  resources: ['networking.k8s.io/ingresses'],
  start(out) {
    const add = out.insert('ingresses', [
      'object_id',
      'namespace',
      'name',
      'class',
      'host',
      'path',
      'path_type',
      'service',
      'port',
      'tls_secret',
    ]);
    return (ingress, meta) => {
      const spec = fields(ingress['spec']);
      const annotations = fields(meta.metadata['annotations']);
      const className = text(spec['ingressClassName']) ?? text(annotations['kubernetes.io/ingress.class']);
      const tls = items(spec['tls']);
      const row = (host: string | null, path: string | null, type: string | null, backend: unknown): void => {
        const service = fields(fields(backend)['service']);
        const port = fields(service['port']);
        add(
          meta.id,
          meta.namespace ?? '',
          meta.name,
          className,
          host,
          path,
          type,
          text(service['name']),
          scalar(port['name']) ?? scalar(port['number']),
          secretFor(tls, host),
        );
      };
      if (isRecord(spec['defaultBackend'])) row(null, null, null, spec['defaultBackend']);
      for (const rule of items(spec['rules'])) {
        const host = text(rule['host']);
        for (const path of items(fields(rule['http'])['paths'])) {
          row(host === '' ? null : host, text(path['path']), text(path['pathType']), path['backend']);
        }
      }
    };
  },
};
export default table;

/** The Secret of the tls entry that names the host, a wildcard of one label included; else one that names no host. */
function secretFor(tls: readonly Fields[], host: string | null): string | null {
  const wildcard = host === null ? null : host.replace(/^[^.]+/, '*');
  for (const entry of tls) {
    const hosts = texts(entry['hosts']);
    if (host !== null && (hosts.includes(host) || (wildcard !== null && hosts.includes(wildcard)))) {
      return text(entry['secretName']);
    }
  }
  return text(tls.find((entry) => texts(entry['hosts']).length === 0)?.['secretName']);
}
