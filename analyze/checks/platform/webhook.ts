/** An admission webhook that must answer and cannot be called: what it guards can be made no more. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { groupBy, type StoredObject } from '../../facts/read.ts';
import { unseenOwner, type Refusal } from '../../facts/platform/refusals.ts';
import { askedBy, deadEnd, webhooksOf, type DeadEnd, type Webhook } from '../../facts/platform/webhooks.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/webhook',
  layer: 'platform',
  title: 'Admission webhook that cannot be called and must be',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:discovery.k8s.io/endpointslices'],
  uses: [
    ...WORKLOADS,
    'list:events',
    'list:namespaces',
    'list:admissionregistration.k8s.io/validatingwebhookconfigurations',
    'list:admissionregistration.k8s.io/mutatingwebhookconfigurations',
  ],
  explain: {
    rule:
      'With failurePolicy Fail (the default) a request that a webhook is meant to see (by its rules, namespaceSelector, ' +
      'objectSelector and matchConditions) is refused when the call fails. Found when its Service does not exist, lacks the ' +
      'port or has no ready endpoint, or when a controller that lacks pods was last told `failed calling webhook`. Of several ' +
      'configurations with a webhook of that name, the one is meant whose Service was called and whose selectors take the ' +
      'namespace; where nothing tells them apart, each is only possible.',
    notConfusedWith: [
      'failurePolicy Ignore: the request passes',
      'a webhook that answers and says no: platform/admission',
      'the moments in which its pods start',
    ],
    sources: [
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy',
    ],
  },
  explains: ['pod/not-created', 'service/no-endpoints'],
  aboutMissingPods: true,
  run(facts) {
    const webhooks = webhooksOf(facts);
    const refused = facts.refusals
      .filter(({ refuser }) => refuser.by === 'webhook')
      .map((refusal) => ({ refusal, asked: preferDead(facts, askedBy(facts, webhooks, refusal)) }));
    // Its configuration may have been forbidden, or changed or taken away since.
    const strays = groupBy(
      refused.filter(({ asked }) => asked.length === 0),
      ({ refusal }) => `${refusal.refuser.name} ${refusal.workload.id}`,
    );
    return [
      ...[...groupBy(webhooks, ({ configuration }) => configuration)].map(([configuration, all]) =>
        judge(facts, configuration, all, refused),
      ),
      ...[...strays.values()].map((group): Judged => ({
        outcome: 'fail',
        finding: findingOf(facts, {
          configuration: undefined,
          dead: [],
          asked: [],
          refused: group.map(({ refusal }) => refusal),
          rivals: [],
        }),
      })),
    ];
  },
};
export default check;

/** A refusal, and the webhooks that may have been asked. */
interface Refused {
  readonly refusal: Refusal;
  readonly asked: readonly Webhook[];
}

/** Of those that may have been asked, the ones that nobody can answer for; all when there is none. */
function preferDead(facts: Facts, asked: readonly Webhook[]): readonly Webhook[] {
  const dead = asked.filter((webhook) => deadEnd(facts, webhook) !== undefined);
  return dead.length > 0 ? dead : asked;
}

function judge(
  facts: Facts,
  configuration: StoredObject,
  webhooks: readonly Webhook[],
  all: readonly Refused[],
): Judged {
  const guarding = webhooks.filter(({ fails }) => fails);
  const dead = guarding.flatMap((webhook) => {
    const end = deadEnd(facts, webhook);
    return end === undefined ? [] : [{ webhook, end }];
  });
  const mine = all.filter(({ asked }) => asked.some((webhook) => webhooks.includes(webhook)));
  if (dead.length === 0 && mine.length === 0) {
    const because =
      guarding.length === 0
        ? 'its failurePolicy is Ignore'
        : 'something behind it may answer, and nobody was refused because of it';
    return { outcome: 'pass', object: configuration.ref, because };
  }
  const asked = new Set(mine.flatMap((one) => one.asked.filter((webhook) => webhooks.includes(webhook))));
  const rivals = mine.flatMap((one) =>
    one.asked.flatMap((webhook) => (webhooks.includes(webhook) ? [] : [webhook.configuration])),
  );
  const refused = mine.map(({ refusal }) => refusal);
  return {
    outcome: 'fail',
    finding: findingOf(facts, { configuration, dead, asked: [...asked], refused, rivals }),
  };
}

interface Case {
  readonly configuration: StoredObject | undefined;
  readonly dead: ReadonlyArray<{ readonly webhook: Webhook; readonly end: DeadEnd }>;
  readonly asked: readonly Webhook[];
  readonly refused: readonly Refusal[];
  /** Other configurations that may be meant as well. */
  readonly rivals: readonly StoredObject[];
}

function findingOf(facts: Facts, of: Case): CheckFinding {
  const { configuration, dead, asked, refused, rivals } = of;
  const object = configuration ?? refused[0]?.workload;
  if (object === undefined) throw new Error('a finding needs an object');
  const told = dead.find(({ webhook }) => asked.includes(webhook)) ?? dead[0];
  const name = told?.webhook.name ?? refused[0]?.refuser.name ?? '';
  const why = told?.end.why ?? oneLine(refused[0]?.refuser.why ?? '').slice(0, 240);
  const firsts = refused.flatMap(({ firstAt }) => firstAt ?? []);
  // What waits for it may be of kinds that no controller here lacks: certificates, routes.
  const urgent = refused.length > 0 || dead.some(({ webhook }) => webhook.takesPods);
  return {
    severity: urgent ? 'critical' : 'warning',
    confidence: rivals.length > 0 ? 'possible' : 'certain',
    object: object.ref,
    ...(configuration === undefined ? { part: name } : {}),
    summary: `Webhook ${name} must be asked and cannot be: ${why}`,
    detail: [consequences(refused), rivalsOf(rivals)].filter((text) => text !== '').join(' '),
    evidence: evidenceOf(facts, of),
    since:
      firsts.length === 0
        ? SINCE_UNKNOWN
        : sinceBetween(undefined, Math.min(...firsts), 'the first refusal that is known'),
    involves: [...new Set(refused.flatMap(({ workload, maker }) => [workload.ref, maker.ref]))],
    names: [...new Set([...dead.map(({ webhook }) => webhook), ...asked])].flatMap(({ service }) =>
      service === undefined ? [] : [{ apiVersion: 'v1', kind: 'Service', ...bare(service) }],
    ),
    remedy: {
      summary:
        'Bring back what answers behind the webhook; where that takes long, set its failurePolicy to Ignore or take the configuration away for the time.',
      confirm: confirmations(of),
      mend: [],
    },
  };
}

function bare({ namespace, name }: NonNullable<Webhook['service']>): { namespace: string; name: string } {
  return { namespace, name };
}

function consequences(refused: readonly Refusal[]): string {
  if (refused.length === 0)
    return 'Its failurePolicy is Fail, so whatever its rules take is refused. Nothing of that was seen yet in this capture.';
  const missing = refused.reduce((sum, one) => sum + one.missing, 0);
  const names = [
    ...new Set(refused.map(({ workload }) => `${workload.ref.kind} ${workload.namespace}/${workload.name}`)),
  ];
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  const [first] = refused;
  return `${plural(missing, 'pod')} of ${names.slice(0, 5).join(', ')}${more} cannot be made.${first === undefined ? '' : unseenOwner(first)}`;
}

function rivalsOf(rivals: readonly StoredObject[]): string {
  if (rivals.length === 0) return '';
  const names = [...new Set(rivals.map(({ ref }) => `${ref.kind} ${ref.name}`))];
  return `Nothing tells whether its own webhook of this name was asked, or that of ${names.join(', ')}.`;
}

function evidenceOf(facts: Facts, { dead, asked, refused }: Case): Evidence[] {
  const ends = new Set(dead.map(({ webhook }) => webhook));
  return [
    ...dead.slice(0, 5).flatMap(({ webhook, end }) => declared(facts, webhook, end)),
    ...asked
      .filter((webhook) => !ends.has(webhook))
      .slice(0, 3)
      .flatMap((webhook) => declared(facts, webhook, undefined)),
    ...refused
      .slice(0, 5)
      .map(({ event, maker, message, path }) =>
        event === undefined ? fieldEvidence(facts, maker, path, message) : eventEvidence(facts, event),
      ),
  ];
}

function declared(facts: Facts, webhook: Webhook, end: DeadEnd | undefined): Evidence[] {
  const at = `webhooks[${webhook.index}]`;
  const { configuration: of, service, namespaces } = webhook;
  const slices = end?.service === undefined ? [] : (facts.pathsOf(end.service)[0]?.slices ?? []);
  return [
    ...(service === undefined
      ? []
      : [
          fieldEvidence(
            facts,
            of,
            `${at}.clientConfig.service`,
            service,
            end === undefined ? {} : { text: end.why },
          ),
        ]),
    fieldEvidence(facts, of, `${at}.failurePolicy`, 'Fail'),
    ...(namespaces === undefined ? [] : [fieldEvidence(facts, of, `${at}.namespaceSelector`, namespaces)]),
    ...slices.slice(0, 1).map((slice) => fieldEvidence(facts, slice, 'endpoints', [])),
  ];
}

function confirmations({ configuration, dead, asked }: Case): string[] {
  const ref = configuration?.ref;
  const service = (dead[0]?.webhook ?? asked[0])?.service;
  return [
    ...(ref === undefined ? [] : [kubectl(undefined, 'get', ref.kind.toLowerCase(), ref.name, '-o', 'yaml')]),
    ...(service === undefined
      ? []
      : [kubectl(service.namespace, 'get', 'service,endpointslices,pods', '-o', 'wide')]),
  ];
}
