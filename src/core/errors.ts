/** The two kinds of failure: what a user can mend (UserError), and everything else, which is a bug of ours. */
import { EXIT, type ExitCode } from './exit-codes.ts';

export interface UserErrorOptions {
  /** What to do next, in one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Defaults to `EXIT.unusable`. */
  readonly exitCode?: ExitCode;
}

/**
 * A failure the user can mend. `code` is stable and in kebab-case (`bundle-unreadable`), `message` says what is
 * wrong, `hint` what to do.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.unusable;
  }
}

/** The message of anything thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
