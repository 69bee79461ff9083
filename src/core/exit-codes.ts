/** What a process of ours says by its exit status; scripts rely on these numbers. */
export const EXIT = {
  /** The work is done. */
  done: 0,
  /** Findings at or above `--fail-on`, or a bundle that `verify` finds altered. */
  findings: 1,
  /** It could not run: bad arguments, an unreadable file, no cluster. */
  unusable: 2,
  /** Evidence is missing and `--strict` was asked for. */
  incomplete: 3,
  /** A bug of ours. */
  bug: 70,
  /** Ended by the user (128 + SIGINT). */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
