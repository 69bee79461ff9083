/** What `inquest capture` says when it has ended: where the file is, the verdict, and what is missing from it. */
import type { Verdict } from '../../analyze/model/verdict.ts';
import type { CaptureResult } from '../../capture/run.ts';
import type { Gap } from '../bundle/format.ts';
import { messageOf } from '../core/errors.ts';
import { oneLine, plural } from '../core/text.ts';
import { formatDuration } from '../core/time.ts';

/** The document of `--json`. Scripts rely on these names; more may be added. */
export const CAPTURE_FORMAT = 'inquest-capture/1';

const MOST_GAPS = 12;
const MOST_ASKED = 5;

/** One line on the file itself, and its digest to compare with `inquest verify`. */
export function fileLines(result: CaptureResult): string {
  const { summary, requests, gaps, end, header } = result;
  const took = formatDuration((Date.now() - Date.parse(header.startedAt)) * 1000);
  const where = summary.file === undefined ? 'Bundle' : oneLine(summary.file);
  const early = end === 'complete' ? '' : end === 'deadline' ? '; its time was over' : '; interrupted';
  return (
    `${where}: ${megabytes(summary.bytes)} in ${took}, ${plural(requests.count, 'request')} ` +
    `(${megabytes(requests.bytes)}), ${plural(gaps.length, 'gap')}${early}\n${redactedLine(result)}\nDigest ${summary.digest}\n`
  );
}

/** How much was taken out, by which rules; the names are those of docs/capture.md. */
function redactedLine({ redactions, header }: CaptureResult): string {
  const fired = Object.entries(redactions).filter(([, count]) => count > 0);
  const total = fired.reduce((sum, [, count]) => sum + count, 0);
  const { mode } = header.redaction;
  const open =
    mode === 'none'
      ? 'NOT redacted (--redact none); '
      : mode === 'strict'
        ? 'Names and addresses are pseudonyms, here and in the file (--redact strict). '
        : '';
  if (total === 0)
    return mode === 'none' ? `${open}no value of a Secret was met` : `${open}Redacted: nothing`;
  const rules = fired.map(([rule, count]) => `${rule} ${count}`).join(', ');
  return `${open}Redacted: ${plural(total, 'value')} by ${plural(fired.length, 'rule')} (${rules})`;
}

/** Which collectors and probes asked most, in one line. */
export function requestLine({ collectors }: CaptureResult): string {
  const asked = collectors
    .map(({ id, requests }) => ({ id, count: 0, bytes: 0, ...requests }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
  if (asked.length === 0) return '';
  const shown = asked
    .slice(0, MOST_ASKED)
    .map(({ id, count, bytes }) => `${id} ${count} (${megabytes(bytes)})`);
  const rest = asked.slice(MOST_ASKED).reduce((sum, { count }) => sum + count, 0);
  return `Asked: ${shown.join(', ')}${rest > 0 ? `, others ${rest}` : ''}\n`;
}

/** What did not come, most of it in a line each. */
export function gapLines(gaps: readonly Gap[]): string {
  if (gaps.length === 0) return '';
  const shown = gaps
    .slice(0, MOST_GAPS)
    .map(({ key, reason, detail }) => `  ${oneLine(key)}: ${reason}: ${shortened(oneLine(detail))}\n`);
  const more = gaps.length > MOST_GAPS ? `  … and ${gaps.length - MOST_GAPS} more\n` : '';
  return `Missing from the file:\n${shown.join('')}${more}`;
}

/** The whole result as one document. */
export function captureDocument(result: CaptureResult, verdict: Verdict | undefined): unknown {
  const { summary, requests, gaps, end, collectors, header } = result;
  return {
    format: CAPTURE_FORMAT,
    file: summary.file,
    bytes: summary.bytes,
    digest: summary.digest,
    id: header.id,
    end,
    requests,
    redaction: { mode: header.redaction.mode, counts: result.redactions },
    collectors: collectors.map(({ gaps: _gaps, ...record }) => record),
    gaps,
    verdict,
  };
}

/**
 * Analyses the file that was just written. A capture that cannot be judged is still a capture: undefined then, with why
 * told to `say`.
 */
export async function judged(file: string, say: (line: string) => void): Promise<Verdict | undefined> {
  try {
    const { openAnalysis } = await import('../../analyze/analysis.ts');
    const analysis = await openAnalysis(file);
    analysis.close();
    return analysis.verdict;
  } catch (error) {
    say(`The file is whole, but could not be judged: ${messageOf(error)}`);
    return undefined;
  }
}

function shortened(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
