/** Services, pods and clients of different address families, on a lab of both. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictSchema, type Verdict } from '../../analyze/model/verdict.ts';
import { labNamed } from './cluster/lab.ts';
import { stateOf } from './cluster/up.ts';
import { connect, type Kube } from './kube.ts';
import { labCommand } from './lab-command.ts';
import { runCli } from './run-cli.ts';
import { familiesOfTwo } from './service-faults/families.ts';
import { holds, makeFaults, placed } from './service-faults/proof.ts';

describe.runIf(existsSync('/proc/net/if_inet6'))('with two address families', () => {
  const lab = labNamed('dual');
  /** What a lab is made of is read from the environment when it starts. */
  const dual = async (command: 'up' | 'down'): Promise<string> =>
    await labCommand(lab.name, [command], { INQUEST_LAB_DUAL: '1' });
  const dir = mkdtempSync(join(tmpdir(), 'inquest-dual-'));
  const made = placed(familiesOfTwo);
  let kube: Kube;
  let wasThere = false;

  beforeAll(async () => {
    wasThere = stateOf(lab)?.phase === 'ready';
    await dual('up');
    kube = connect(lab.kubeconfig);
    await makeFaults(kube, made);
  }, 900_000);

  afterAll(async () => {
    for (const { namespace } of made) await kube.delete({ kind: 'Namespace', name: namespace });
    kube.close();
    rmSync(dir, { recursive: true, force: true });
    if (!wasThere) await dual('down');
  });

  async function captured(name: string, ...flags: string[]): Promise<Verdict> {
    const file = join(dir, `${name}.tar.gz`);
    const options = { env: { KUBECONFIG: lab.kubeconfig, XDG_CACHE_HOME: dir } };
    await runCli(['capture', '-o', file, '--quiet', '--timeout', '240s', ...flags], options);
    const { stdout } = await runCli(['diagnose', file, '--json'], options);
    return verdictSchema.parse(JSON.parse(stdout));
  }

  it('what meets nobody is told from outside', async () => {
    const verdict = await captured('outside');
    expect(verdict.errors).toEqual([]);
    holds(
      verdict,
      made.filter(({ inside }) => inside !== true),
    );
  });

  it('and what listens for one family alone from inside', async () => {
    const inside = made.filter((fault) => fault.inside === true);
    const scope = inside.flatMap(({ namespace }) => ['-n', namespace]);
    const verdict = await captured('inside', '--allow-exec', ...scope);
    expect(verdict.errors).toEqual([]);
    holds(verdict, inside);
  });
});
