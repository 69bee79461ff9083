/** Deletions: what a watch saw go, and what is shown to be gone by what it left behind. Of one object the surest word counts. */
import { objectKey } from '../../../src/core/ids.ts';
import eventsOfTheGone from './events-of-the-gone.ts';
import ownersGone from './owners-gone.ts';
import type { ChangeSource } from './scene.ts';
import usesGone from './uses-gone.ts';
import watchedDeletions from './watched-deletions.ts';

/** The surest first. */
const WORDS: readonly ChangeSource[] = [watchedDeletions, ownersGone, eventsOfTheGone, usesGone];

const deletions: ChangeSource = (scene) => {
  const told = new Set<string>();
  return WORDS.flatMap((word) => {
    const found = word(scene).filter(({ object }) => !told.has(objectKey(object)));
    for (const { object } of found) told.add(objectKey(object));
    return found;
  });
};
export default deletions;
