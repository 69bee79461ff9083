/** For the one thing SQLite may refuse of hostile input: JSON that is nested deeper than a thousand levels. */
import { messageOf } from '../../src/core/errors.ts';

/** Why the work threw; undefined when it did not. */
export function attempt(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
