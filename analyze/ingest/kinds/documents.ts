/** `nodes/…`, `discovery/…`, `health/…`, `versions/…`: small answers of servers, kept whole. */
import type { Ingester } from '../ingester.ts';
import { documentSink } from '../sinks.ts';

const LARGEST = 64 << 20;

const unit: Ingester = {
  id: 'documents',
  paths: /^(?:nodes|discovery|health|version|versions|readyz)(?:\/.*)?\.(?:json|txt|yaml|log)$/,
  start(context) {
    const add = context.out.insert('documents', ['file_id', 'text']);
    return {
      open: (entry) =>
        documentSink((bytes) => {
          if (bytes === undefined) context.invalid(entry, 1, 'larger than 64 MiB');
          else add(entry.fileId, bytes.toString('utf8'));
        }, LARGEST),
    };
  },
};
export default unit;
