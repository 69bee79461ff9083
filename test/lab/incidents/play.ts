/** Plays an incident in a namespace of its own and captures it with the built program. */
import type { Expected } from '../../support/expected.ts';
import type { Kube } from '../kube.ts';
import { LabError } from '../lab-error.ts';
import { runCli } from '../run-cli.ts';
import type { Incident, Note } from './incident.ts';

export interface Recording {
  readonly expected: Expected;
  readonly notes: readonly Note[];
  /** How long the capture took, in seconds. */
  readonly captureSeconds: number;
}

/** Plays `incident` in the (new) namespace and leaves the capture in `file`. The namespace goes at the end. */
export async function record(
  kube: Kube,
  kubeconfig: string,
  incident: Incident,
  namespace: string,
  file: string,
): Promise<Recording> {
  const ref = { kind: 'Namespace', name: namespace };
  await kube.delete(ref);
  await kube.waitGone(ref);
  await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  try {
    const notes: Note[] = [];
    const note = (text: string): Note => {
      const made = { at: new Date(), text };
      notes.push(made);
      return made;
    };
    const played = await incident.play(kube, namespace, note);
    const began = note('inquest capture starts.').at;
    const { code, stderr } = await runCli(['capture', '--kubeconfig', kubeconfig, '-o', file, '--quiet']);
    if (code !== 0) throw new LabError(`the capture ended with ${code}: ${stderr}`);
    const ended = note('inquest capture is done.').at;
    const expected = {
      root: played.root,
      chain: [...played.chain],
      since: played.since.toISOString(),
      ...(played.mayShow === undefined ? {} : { mayShow: [...played.mayShow] }),
    };
    return { expected, notes, captureSeconds: (ended.getTime() - began.getTime()) / 1000 };
  } finally {
    await kube.delete(ref);
  }
}

/** The story as a page: what was done to the real cluster, and when. */
export function storyOf(
  incident: Incident,
  namespace: string,
  version: string,
  notes: readonly Note[],
): string {
  return [
    `# ${incident.title}`,
    '',
    incident.about,
    '',
    `Recorded on the project's two-node lab (Kubernetes ${version}), namespace \`${namespace}\`. What was done, and what was seen:`,
    '',
    '| UTC | |',
    '|---|---|',
    ...notes.map((note) => `| ${note.at.toISOString().slice(11, 23)} | ${note.text} |`),
    '',
    `Re-made by \`npm run samples\`; \`expected.json\` is written from what was done, not from what was diagnosed.`,
    '',
  ].join('\n');
}
