/** What tests of the faults of pods do with them: cause, capture, diagnose, compare. */
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import type { Cli, Diagnose } from '../fixture.ts';
import type { Kube } from '../kube.ts';
import { cause, told, undo, type Placed } from './play.ts';

export interface Bench {
  readonly kube: Kube;
  readonly dir: string;
  readonly cli: Cli;
  readonly diagnose: Diagnose;
  readonly onTestFinished: (end: () => Promise<void>) => void;
}

/** Causes them, to be taken back when the test ends. */
export async function causeAll({ kube, onTestFinished }: Bench, faults: readonly Placed[]): Promise<void> {
  onTestFinished(async () => await undo(kube, faults));
  await cause(kube, faults);
}

/** Captures the namespaces of these, and nothing else, with these flags besides; gives the verdict. */
export async function verdictOn(
  { dir, cli, diagnose }: Bench,
  faults: readonly Placed[],
  ...flags: readonly string[]
): Promise<Verdict> {
  const file = join(dir, `faults${flags.join('')}.tar.gz`);
  const within = faults.flatMap(({ namespace }) => ['-n', namespace]);
  await cli(['capture', '-o', file, '--quiet', '--timeout', '150s', ...flags, ...within], {
    timeout: 240_000,
  });
  return (await diagnose(file)).verdict;
}

/** Nothing is told but what is expected of each, in the words that matter, and no check fails. */
export function holds(verdict: Verdict, faults: readonly Placed[]): void {
  expect(verdict.errors).toEqual([]);
  const answers = faults.map((fault) => told(verdict, fault));
  expect(answers.map(({ seen }) => seen)).toEqual(answers.map(({ wanted }) => wanted));
  for (const [index, { says }] of faults.entries()) expect(answers[index]?.summary).toMatch(says ?? /^/);
}
