/** Our own documents out of a bundle, checked: what is wrong with them is told in words a user can act on. */
import { UserError } from '../core/errors.ts';
import { isRecord, parseJson } from '../core/json.ts';
import { FORMAT_MAJOR, headerSchema, manifestSchema, type BundleHeader, type Manifest } from './format.ts';
import { HEADER_PATH, MANIFEST_PATH } from './paths.ts';
import type { ProblemLog } from './problem.ts';

/**
 * The header out of the bytes of bundle.json.
 * @throws UserError `bundle-too-new`, `bundle-unreadable`, `not-a-bundle`
 */
export function parseHeader(body: Buffer, source: string): BundleHeader {
  const json = parseJson(body);
  const format = isRecord(json) && typeof json['format'] === 'string' ? json['format'] : '';
  const major = /^inquest-bundle\/(\d+)(\.|$)/.exec(format)?.[1];
  if (major === undefined) {
    if (json === undefined) throw broken(source, `its ${HEADER_PATH} is no JSON`);
    throw new UserError(
      'not-a-bundle',
      `${source} is no bundle of inquest: its ${HEADER_PATH} has another format`,
      {
        hint: 'name a file that `inquest capture` wrote',
      },
    );
  }
  if (Number(major) > FORMAT_MAJOR) {
    throw new UserError(
      'bundle-too-new',
      `${source} has format ${format}, and this inquest reads up to inquest-bundle/${FORMAT_MAJOR}`,
      { hint: 'open it with a newer inquest' },
    );
  }
  const parsed = headerSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(
    source,
    `its ${HEADER_PATH} lacks what it must say (${issue?.path.join('.')}: ${issue?.message})`,
  );
}

/** The manifest out of the bytes of manifest.json; undefined, with a problem told, when it is none. */
export function parseManifest(
  body: Buffer,
  header: Pick<BundleHeader, 'id'> | undefined,
  problems: ProblemLog,
): Manifest | undefined {
  const parsed = manifestSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
    problems.add(
      'altered',
      `it cannot be read (${where}${issue?.message ?? 'no JSON'}); ignored`,
      MANIFEST_PATH,
    );
    return undefined;
  }
  if (header && parsed.data.id !== header.id) {
    problems.add(
      'altered',
      `it is the manifest of another bundle (${parsed.data.id}); ignored`,
      MANIFEST_PATH,
    );
    return undefined;
  }
  return parsed.data;
}

function broken(source: string, what: string): UserError {
  return new UserError('bundle-unreadable', `${source} cannot be read: ${what}`, {
    hint: 'the file is damaged at its beginning; get another copy of it',
  });
}
