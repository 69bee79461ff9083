/** `/etc/resolv.conf` and `/etc/hosts` as the pods have them (`--allow-exec`). */
import type { ResolverDetail } from '../../src/bundle/probes.ts';
import { lookInside } from '../inside/look.ts';
import { readResolverFiles } from '../inside/resolver-files.ts';
import type { Probe } from '../probe.ts';

const probe: Probe = {
  id: 'resolver',
  title: 'resolvers of pods',
  run: (context) =>
    lookInside(context, 'resolver', (_place, { value }): Omit<ResolverDetail, 'container'> => {
      const tables = value.search(/^\s*sl\s+local_address/m);
      const { nameservers, search, options, hosts } = readResolverFiles(
        tables < 0 ? value : value.slice(0, tables),
      );
      return { nameservers: [...nameservers], search: [...search], options: [...options], hosts };
    }),
};
export default probe;
