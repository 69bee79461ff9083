/** `logs/<ns>/<pod>/<container>[.previous][.<part>].log`. */
import { parseLogPath } from '../../../src/bundle/paths.ts';
import { isCoreDns } from '../coredns.ts';
import type { Ingester } from '../ingester.ts';
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
          dns: isCoreDns(name),
          tooLong: (line) => context.invalid(entry, line, 'longer than 8 MiB'),
        });
      },
    };
  },
};
export default unit;
