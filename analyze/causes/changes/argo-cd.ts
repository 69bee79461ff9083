/** Syncs of Argo CD: the history of each Application, and the operation that is under way or failed. */
import { objectKey } from '../../../src/core/ids.ts';
import { formatTime, parseTime } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import { fields, items, texts } from '../../ingest/read.ts';
import { dig, type StoredObject } from '../../facts/read.ts';
import { within, type ChangeSource, type Found, type Scene } from './scene.ts';

const APPLICATIONS = 'argoproj.io/applications';

/** argoproj/argo-cd pkg/apis/application/v1alpha1/types.go: RevisionHistory, OperationState, ResourceStatus. */
const argoCd: ChangeSource = (scene) =>
  scene.facts.objects.list(APPLICATIONS).flatMap((application) => {
    const body = scene.facts.objects.body(application);
    const near = items(dig(body, 'status', 'resources')).some((one) => isNear(scene, one));
    const destination = dig(body, 'spec', 'destination', 'namespace');
    if (!near && !(typeof destination === 'string' && scene.namespaces.includes(destination))) return [];
    const history = items(dig(body, 'status', 'history'));
    return [
      ...history.flatMap((one) => synced(scene, application, near, one)),
      ...operation(scene, application, near, fields(dig(body, 'status', 'operationState'))),
    ];
  });
export default argoCd;

function isNear({ near }: Scene, { kind, namespace, name }: Readonly<Record<string, unknown>>): boolean {
  if (typeof kind !== 'string' || typeof name !== 'string') return false;
  return near.has(
    objectKey({ kind, name, ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}) }),
  );
}

function synced(
  scene: Scene,
  application: StoredObject,
  near: boolean,
  entry: Readonly<Record<string, unknown>>,
): Found[] {
  const when = parseTime(entry['deployStartedAt']) ?? parseTime(entry['deployedAt']);
  if (!within(scene, when)) return [];
  return [
    {
      when,
      near,
      at: formatTime(when),
      object: application.ref,
      summary: oneLine(
        `Argo CD synced Application ${application.ref.name} to ${revisionsOf(entry)}${by(entry['initiatedBy'])}`,
      ),
      basis: 'observed',
      source: 'status.history of the Application',
    },
  ];
}

/** One that went well is in the history. */
function operation(
  scene: Scene,
  application: StoredObject,
  near: boolean,
  state: Readonly<Record<string, unknown>>,
): Found[] {
  const when = parseTime(state['startedAt']);
  const { phase } = state;
  if (!within(scene, when) || typeof phase !== 'string' || phase === 'Succeeded') return [];
  const { message } = state;
  const sync = fields(dig(state, 'operation', 'sync'));
  const said = typeof message === 'string' && message !== '' ? ` (${message.slice(0, 160)})` : '';
  return [
    {
      when,
      near,
      at: formatTime(when),
      object: application.ref,
      summary: oneLine(
        `Argo CD began to sync Application ${application.ref.name} to ${revisionsOf(sync)}: ${phase}${said}${by(dig(state, 'operation', 'initiatedBy'))}`,
      ),
      basis: 'observed',
      source: 'status.operationState of the Application',
    },
  ];
}

/** An Application of one source has `revision`, of several `revisions`. */
function revisionsOf(entry: Readonly<Record<string, unknown>>): string {
  const { revision } = entry;
  const all = texts(entry['revisions']);
  const short = (one: string): string => (/^[0-9a-f]{40}$/.test(one) ? one.slice(0, 7) : one);
  if (typeof revision === 'string' && revision !== '') return short(revision);
  return all.length === 0 ? 'a revision it does not name' : all.map(short).join(', ');
}

function by(initiated: unknown): string {
  const { username, automated } = fields(initiated);
  if (typeof username === 'string' && username !== '') return `, begun by ${username}`;
  return automated === true ? ', by itself' : '';
}
