/** An admission webhook that must answer and cannot be called: what it guards can be made no more. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { groupBy, type StoredObject } from '../../facts/read.ts';
import { refusals, type Refusal } from '../../facts/refusals.ts';
import { deadEnd, webhooksOf, type Webhook } from '../../facts/webhooks.ts';
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
    'list:admissionregistration.k8s.io/validatingwebhookconfigurations',
    'list:admissionregistration.k8s.io/mutatingwebhookconfigurations',
  ],
  explain: {
    rule:
      'With failurePolicy Fail (the default) a request that a webhook is meant to see is refused when the call fails. Found ' +
      'when its Service does not exist, lacks the port or has no ready endpoint, or when a controller that lacks pods was ' +
      'last told `failed calling webhook`.',
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
  run(facts) {
    const told = refusals(facts).filter(({ refuser }) => refuser.by === 'webhook');
    const webhooks = webhooksOf(facts);
    const known = new Set(webhooks.map(({ name }) => name));
    const judged = [...groupBy(webhooks, ({ configuration }) => configuration).entries()].map(
      ([configuration, all]) => judge(facts, configuration, all, told),
    );
    // Its configuration may have been forbidden, or taken away since.
    const strays = groupBy(
      told.filter(({ refuser }) => !known.has(refuser.name)),
      ({ refuser }) => refuser.name,
    );
    return [
      ...judged,
      ...[...strays.values()].map((group): Judged => ({
        outcome: 'fail',
        finding: findingOf(facts, undefined, [], group),
      })),
    ];
  },
};
export default check;

function judge(
  facts: Facts,
  configuration: StoredObject,
  webhooks: readonly Webhook[],
  told: readonly Refusal[],
): Judged {
  const guarding = webhooks.filter(({ fails }) => fails);
  const dead = guarding.filter((webhook) => deadEnd(facts, webhook) !== undefined);
  const refused = told.filter(({ refuser }) => guarding.some(({ name }) => name === refuser.name));
  if (dead.length === 0 && refused.length === 0) {
    const because =
      guarding.length === 0
        ? 'its failurePolicy is Ignore'
        : 'something behind it may answer, and nobody was refused because of it';
    return { outcome: 'pass', object: configuration.ref, because };
  }
  return { outcome: 'fail', finding: findingOf(facts, configuration, dead, refused) };
}

function findingOf(
  facts: Facts,
  configuration: StoredObject | undefined,
  dead: readonly Webhook[],
  refused: readonly Refusal[],
): CheckFinding {
  const name = dead[0]?.name ?? refused[0]?.refuser.name ?? '';
  const end = dead[0] && deadEnd(facts, dead[0]);
  const object = configuration ?? refused[0]?.workload;
  if (object === undefined) throw new Error('a finding needs an object');
  const firsts = refused.flatMap(({ firstAt }) => firstAt ?? []);
  const missing = refused.reduce((sum, one) => sum + one.missing, 0);
  const why = end?.why ?? oneLine(refused[0]?.refuser.why ?? '').slice(0, 240);
  return {
    severity: 'critical',
    confidence: 'certain',
    object: object.ref,
    ...(configuration === undefined ? { part: name } : {}),
    summary: `Webhook ${name} must be asked and cannot be: ${why}`,
    detail:
      refused.length === 0
        ? 'Its failurePolicy is Fail, so whatever its rules take is refused. Nothing of that was seen yet in this capture.'
        : `${plural(missing, 'pod')} of ${[...new Set(refused.map(({ workload }) => `${workload.ref.kind} ${workload.namespace}/${workload.name}`))].slice(0, 5).join(', ')} cannot be made.`,
    evidence: [
      ...dead.slice(0, 5).flatMap((webhook) => declared(facts, webhook)),
      ...refused
        .slice(0, 5)
        .map(({ event, maker, message }) =>
          event === undefined
            ? fieldEvidence(facts, maker, 'status.conditions[type=ReplicaFailure].message', message)
            : eventEvidence(facts, event),
        ),
    ],
    since:
      firsts.length === 0
        ? SINCE_UNKNOWN
        : sinceBetween(undefined, Math.min(...firsts), 'the first refusal that is known'),
    involves: [
      ...new Set([
        ...refused.flatMap(({ workload, maker }) => [workload.ref, maker.ref]),
        ...(end?.service === undefined ? [] : [end.service.ref]),
      ]),
    ],
    remedy: {
      summary:
        'Bring back what answers behind the webhook; where that takes long, set its failurePolicy to Ignore or take the configuration away for the time.',
      confirm: [
        ...(configuration === undefined
          ? []
          : [
              kubectl(
                undefined,
                'get',
                configuration.ref.kind.toLowerCase(),
                configuration.ref.name,
                '-o',
                'yaml',
              ),
            ]),
        ...(dead[0]?.service === undefined
          ? []
          : [kubectl(dead[0].service.namespace, 'get', 'service,endpointslices,pods')]),
      ],
      mend: [],
    },
  };
}

function declared(facts: Facts, webhook: Webhook): Evidence[] {
  const end = deadEnd(facts, webhook);
  const at = `webhooks[${webhook.index}]`;
  const of = webhook.configuration;
  const slices = end?.service === undefined ? [] : (facts.pathsOf(end.service)[0]?.slices ?? []);
  return [
    fieldEvidence(facts, of, `${at}.clientConfig.service`, webhook.service, { text: end?.why ?? '' }),
    fieldEvidence(facts, of, `${at}.failurePolicy`, 'Fail'),
    ...slices.slice(0, 1).map((slice) => fieldEvidence(facts, slice, 'endpoints', [])),
  ];
}
