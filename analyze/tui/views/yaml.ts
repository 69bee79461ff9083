/** An object as it was served, as YAML, opened at the field that a piece of evidence names. */
import { isMap, isPair, isScalar, isSeq, parseDocument, stringify, type ParsedNode, type Pair } from 'yaml';
import { objectKey } from '../../../src/core/ids.ts';
import type { Block } from '../components/document.ts';
import { bodyOf, objectById, refOf, type ObjectRow } from '../data/objects.ts';
import type { Env, Outcome } from '../screen.ts';
import { pageScreen } from './page.ts';

/** Objects beyond this many characters are shown up to it: nobody reads further, and the screen stays quick. */
const LONGEST = 2_000_000;

/** The YAML of an object, scrolled to `path` (`spec.selector.app`) where the object has it. */
export function openYaml(env: Env, id: number, path?: string): Outcome {
  const object = objectById(env.store, id);
  const body = bodyOf(env.store, id);
  if (object === undefined || body === undefined)
    return { say: 'The body of this object is not in the bundle.', tone: 'warn' };
  const whole = stringify(typed(body, object), { lineWidth: 0, aliasDuplicateObjects: false });
  const text =
    whole.length > LONGEST
      ? `${whole.slice(0, LONGEST)}\n# cut here: ${whole.length} characters in all`
      : whole;
  const lines = text.replace(/\n$/, '').split('\n');
  const blocks = lines.map((line): Block => ({ text: line }));
  const line = path === undefined ? undefined : lineOfPath(text, path);
  const place =
    object.file === null ? '' : `# ${object.file}${object.line === null ? '' : `:${object.line}`}`;
  const ref = refOf(object);
  const page = pageScreen({
    crumb: `yaml ${ref.kind}/${ref.name}`,
    blocks: () => [{ text: place, tone: 'dim' }, ...blocks],
    ...(line === undefined ? {} : { focus: line }),
    subject: { ref, objectId: id, text: objectKey(ref), ...timeOf(object) },
  });
  if (path !== undefined && line === undefined)
    return { screen: page, say: `The object has no field ${path}.`, tone: 'warn' };
  return { screen: page };
}

/** Items of a list come without their type; people expect it on top. */
function typed(body: unknown, object: ObjectRow): unknown {
  if (typeof body !== 'object' || body === null || 'kind' in body) return body;
  return { apiVersion: object.api_version, kind: object.kind, ...body };
}

function timeOf(object: ObjectRow): { at?: number } {
  const at = object.deleted_at ?? object.deletion_at ?? object.created_at;
  return at === null ? {} : { at };
}

/** `spec.ports[0].targetPort` and `metadata.labels["app.kubernetes.io/name"]` as keys. */
export function pathKeys(path: string): string[] {
  const keys: string[] = [];
  const pattern = /\["((?:[^"\\]|\\.)*)"\]|\['([^']*)'\]|\[(\d+)\]|([^.[\]]+)/g;
  for (const match of path.matchAll(pattern)) {
    keys.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
  }
  return keys;
}

/** The line, counted from 1, where a field stands; of a path that leads further than the object, its last part that exists. */
export function lineOfPath(text: string, path: string): number | undefined {
  let node: ParsedNode | null = parseDocument(text).contents;
  let offset: number | undefined;
  let keys = pathKeys(path);
  while (keys.length > 0 && node !== null) {
    const step = stepInto(node, keys);
    if (step === undefined) break;
    ({ node, offset } = step);
    keys = step.rest;
  }
  return offset === undefined ? undefined : text.slice(0, offset).split('\n').length;
}

interface Step {
  readonly node: ParsedNode | null;
  readonly offset: number;
  readonly rest: string[];
}

function stepInto(node: ParsedNode, keys: readonly string[]): Step | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(keys[0])];
    if (item === undefined || isPair(item)) return undefined;
    return { node: item, offset: item.range[0], rest: keys.slice(1) };
  }
  if (!isMap(node)) return undefined;
  // Keys with dots in them (`app.kubernetes.io/name`) may come unquoted: the longest that fits wins.
  for (let count = keys.length; count > 0; count -= 1) {
    const wanted = keys.slice(0, count).join('.');
    const pair = node.items.find(
      (entry: Pair<ParsedNode, ParsedNode | null>) =>
        isScalar(entry.key) && String(entry.key.value) === wanted,
    );
    if (pair !== undefined) return { node: pair.value, offset: pair.key.range[0], rest: keys.slice(count) };
  }
  return undefined;
}
