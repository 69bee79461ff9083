// What a bundle holds, read by the product's own reader.
import { execFileSync } from 'node:child_process';
import { type Manifest, probeResultSchema, type ProbeResult } from '../../src/bundle/format.ts';
import { openBundle } from '../../src/bundle/reader.ts';
import { parseJson } from '../../src/core/json.ts';

export interface Content {
  /** From the first second to the last, without the start of the program and the verdict. */
  readonly ms: number;
  /** Undefined when the capture was killed. */
  readonly manifest: Manifest | undefined;
  /** Every entry's text by its path. */
  readonly bodies: ReadonlyMap<string, string>;
}

/** Reads a whole bundle into memory. */
export async function contentOf(file: string): Promise<Content> {
  const bundle = await openBundle(file);
  const bodies = new Map<string, string>();
  for await (const entry of bundle.entries()) bodies.set(entry.path, (await entry.read()).toString('utf8'));
  await bundle.close();
  const ended = Date.parse(bundle.manifest?.endedAt ?? '');
  return { manifest: bundle.manifest, bodies, ms: ended - Date.parse(bundle.header.startedAt) };
}

/** What a probe wrote, all of its parts, as an ordinary tar finds it. */
export function resultsIn(file: string, probe: string): ProbeResult[] {
  return execFileSync('tar', ['xzOf', file, '--wildcards', `*/probes/${probe}*.ndjson`])
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => probeResultSchema.parse(parseJson(line)));
}
