/** What a report format is: one file `analyze/report/formats/<id>.ts` with a default export of this shape. */
import type { Verdict } from '../model/verdict.ts';

export interface ReportContext {
  /** The bundle as the user named it, for commands that are suggested. */
  readonly source: string;
}

export interface ReportFormat {
  /** What `--format` takes. */
  readonly id: string;
  /** For the help, in a few words. */
  readonly title: string;
  /** Draws a verdict; it works nothing out. The text ends with a line feed. */
  render(verdict: Verdict, context: ReportContext): string;
}
