/** What a person running the lab can mend themselves: printed without a stack. */
export class LabError extends Error {
  /** What to do about it, one sentence. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LabError';
    this.hint = hint;
  }
}
