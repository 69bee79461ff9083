/** `logs/<ns>/<pod>/<container>[.previous][.<part>].log`. */
import { parseLogPath, type LogName } from '../../../src/bundle/paths.ts';
import { isCoreDns } from '../coredns.ts';
import type { IngestContext, Ingester } from '../ingester.ts';
import { logLoader } from '../log-loader.ts';

const unit: Ingester = {
  id: 'logs',
  paths: /^logs\/[^/]+\/[^/]+\/[^/.]+(\.previous)?(\.\d+)?\.log$/,
  start(context) {
    const load = logLoader(context.out);
    return {
      open(entry) {
        const name = parseLogPath(entry.path);
        if (name === undefined) throw new Error(`${entry.path} is no log`);
        return load({
          fileId: entry.fileId,
          name,
          dns: wroteByCoreDns(context, name),
          tooLong: (line) => context.invalid(entry, line, 'longer than 8 MiB'),
        });
      },
    };
  },
};
export default unit;

/** By the container's name, or by its image where the pod has been loaded (pods come before logs in a bundle). */
export function wroteByCoreDns(context: Pick<IngestContext, 'out'>, name: LogName): boolean {
  if (isCoreDns(name.container, undefined)) return true;
  if (name.namespace !== 'kube-system') return false;
  const image = context.out.get<{ image: string | null }>(
    'SELECT image FROM containers WHERE namespace = ? AND pod = ? AND name = ?',
    [name.namespace, name.pod, name.container],
  )?.image;
  return isCoreDns(name.container, image);
}
