/** How a station comes to its answer: the verdict's at the capture, what can be worked out before it. */
import type { Micros } from '../../src/core/time.ts';
import type { Evidence, Finding } from '../model/finding.ts';
import type { Layer, LayerStatus } from '../model/layer.ts';
import type { ReplayStep } from '../model/replay.ts';
import type { Store } from '../store/store.ts';
import { presentAt, type StateAt } from './at.ts';
import type { Subject } from './subject.ts';

/** The moment a replay is at. */
export interface Scene {
  readonly store: Store;
  readonly subject: Subject;
  readonly at: Micros;
  /** At or after the beginning of the capture: the verdict's own moment. */
  readonly now: boolean;
}

/** Pieces of evidence that a step carries. */
export const EVIDENCE_SHOWN = 6;

/** The answer of one layer: the verdict's at the time of capture, `before` at any earlier one. */
export function judged(
  scene: Scene,
  layer: Layer,
  before: () => StateAt,
  quiet: string,
): StateAt & { findings: Finding[] } {
  const { subject } = scene;
  const findings = subject.findings.filter((finding) => finding.layer === layer);
  const status = subject.path.layers[layer] ?? 'unknown';
  if (!scene.now) {
    if (status === 'none') return { status: 'none', found: quiet, basis: 'observed', findings: [] };
    return {
      ...before(),
      findings: findings.filter((finding) => presentAt(finding, scene.at) === 'present'),
    };
  }
  const because = whyUnknown(subject, layer, status);
  return {
    status,
    found:
      findings.length > 0
        ? findings.map((finding) => finding.summary).join('; ')
        : foundWithout(status, quiet),
    basis: status === 'unknown' ? 'unknown' : 'observed',
    ...(because === undefined ? {} : { because }),
    findings,
  };
}

function foundWithout(status: LayerStatus, quiet: string): string {
  return status === 'pass' ? `Nothing wrong found. ${quiet}`.trim() : quiet;
}

function whyUnknown(subject: Subject, layer: Layer, status: LayerStatus): string | undefined {
  if (status !== 'unknown') return undefined;
  const because = subject.path.because[layer];
  if (because === undefined || because === 'no-check') return 'no check of this version judges it';
  return because.startsWith('not-captured:')
    ? `${because.slice('not-captured:'.length)} were not captured`
    : `gap ${because}`;
}

/** Before the capture a layer without history of its own is known only by its findings' onsets. */
export function byOnset(scene: Scene, layer: Layer): () => StateAt {
  return () => {
    const findings = scene.subject.findings.filter((finding) => finding.layer === layer);
    const begun = findings.filter((finding) => presentAt(finding, scene.at) === 'present');
    if (begun.length > 0) {
      return {
        status: 'fail',
        basis: 'inferred',
        found: 'What was found at the time of capture had begun by then.',
      };
    }
    return {
      status: 'unknown',
      basis: 'unknown',
      found: 'Nothing about this time is recorded.',
      because:
        whyUnknown(scene.subject, layer, scene.subject.path.layers[layer] ?? 'unknown') ??
        'nothing recorded about this time decides it',
    };
  };
}

/** A whole step from its state and what is particular to the station. */
export function step(
  station: ReplayStep['station'],
  title: string,
  state: StateAt & { findings: Finding[] },
  parts: { looked: readonly string[]; shown: readonly Evidence[]; pass: string; fail: string },
): ReplayStep {
  // A cause and its consequence often rest on the same field: once is enough.
  const proof = [
    ...new Map(
      state.findings
        .flatMap((finding) => finding.evidence)
        .map((evidence) => [JSON.stringify(evidence), evidence]),
    ).values(),
  ];
  return {
    station,
    title,
    status: state.status,
    looked: [...parts.looked],
    found: state.found,
    evidence: [...(proof.length > 0 ? proof : parts.shown)].slice(0, EVIDENCE_SHOWN),
    means: meaning(state.status, parts),
    basis: state.basis,
    findings: state.findings.map((finding) => finding.key),
    ...(state.because === undefined ? {} : { because: state.because }),
  };
}

function meaning(status: LayerStatus, { pass, fail }: { pass: string; fail: string }): string {
  if (status === 'pass') return pass;
  if (status === 'fail') return fail;
  return status === 'none'
    ? 'This path does not cross it.'
    : 'Whether the request gets past it cannot be said.';
}
