/** `npm run samples [NAME…]`: plays each incident on the lab, captures it, and records it under samples/ when the verdict is right. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAnalysis } from '../../analyze/analysis.ts';
import { differences } from '../support/expected.ts';
import { ROOT } from '../support/sources.ts';
import { labNamed } from './cluster/lab.ts';
import { up } from './cluster/up.ts';
import { incidents } from './incidents/registry.ts';
import { record, storyOf } from './incidents/play.ts';
import { connect, field, type Kube } from './kube.ts';

const NAMESPACE = 'shop';

const lab = labNamed();
await up(lab, (line) => process.stderr.write(`lab: ${line}\n`));
const kube = connect(lab.kubeconfig);
const wanted = process.argv.slice(2);
for (const incident of incidents) {
  if (wanted.length > 0 && !wanted.includes(incident.name)) continue;
  await remake(kube, incident);
}
kube.close();

async function remake(kube: Kube, incident: (typeof incidents)[number]): Promise<void> {
  const work = mkdtempSync(join(ROOT, 'samples', '.work-'));
  try {
    const bundle = join(work, 'bundle.tar.gz');
    const recording = await record(kube, lab.kubeconfig, incident, NAMESPACE, bundle);
    const analysis = await openAnalysis(bundle, { cacheDir: work });
    const wrong = differences(analysis.verdict, recording.expected);
    analysis.close();
    if (wrong.length > 0) {
      process.stderr.write(`${incident.name}: not recorded\n${wrong.map((line) => `  ${line}\n`).join('')}`);
      process.exitCode = 1;
      return;
    }
    const version = String(field(await kube.call('GET', '/version'), 'gitVersion'));
    const folder = join(ROOT, 'samples', incident.name);
    mkdirSync(folder, { recursive: true });
    renameSync(bundle, join(folder, 'bundle.tar.gz'));
    writeFileSync(join(folder, 'story.md'), storyOf(incident, NAMESPACE, version, recording.notes));
    writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(recording.expected, null, 2)}\n`);
    process.stdout.write(
      `${incident.name}: recorded, captured in ${recording.captureSeconds.toFixed(1)} s\n`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
