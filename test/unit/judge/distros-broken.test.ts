/** Clusters of many makes, each broken as it breaks in the wild and in the words of its own parts: the root comes first. */
import { describe, expect, it } from 'vitest';
import { broken, type Broken } from '../../support/distros/breaking.ts';
import { PLATFORMS } from '../../support/distros/broken-platforms.ts';
import { PODS } from '../../support/distros/broken-pods.ts';
import { SERVICES } from '../../support/distros/broken-services.ts';
import { verdictOf } from '../../support/judged.ts';

/** The roots, or where nothing is a cause what stays unexplained; and whether the first says what it should. */
function answered(given: Broken): { errors: readonly unknown[]; roots: readonly string[]; says: boolean } {
  const { errors, roots, unexplained, findings } = verdictOf(broken(given));
  const first = findings.find(({ key }) => key === given.root);
  return {
    errors,
    roots: roots.length > 0 ? roots : unexplained,
    says: given.says?.test(`${first?.summary} ${first?.detail}`) ?? true,
  };
}

describe('the root comes first in', () => {
  it.each(Object.entries({ ...PLATFORMS, ...PODS, ...SERVICES }))('%s', (_, given) => {
    expect(answered(given)).toEqual({ errors: [], roots: [given.root], says: true });
  });
});
