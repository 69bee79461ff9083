/** Which Services the command of an exec probe asks: it may say nothing at all of why it fails. */
import { items, text, type Fields } from '../../ingest/read.ts';
import type { Facts } from '../facts.ts';
import { failureIn } from '../logs/failures.ts';
import { isLoopback } from '../logs/targets.ts';
import { serviceNamed } from '../logs/waiting.ts';
import { containerNamed } from '../pods/containers.ts';
import type { PodFact } from '../pods.ts';
import type { ServiceFact } from '../services.ts';
import type { SpecProbe } from './spec.ts';
import type { ProbeStory } from './story.ts';

const NAME = '([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)';

/**
 * Where the clients of the wild take their host: `-h db`, `--host=db`, `nc -z -w 1 db 5432`, `nslookup db`, `/dev/tcp/db/5432`, a URL,
 * `db:5432`. A word that stands elsewhere is none.
 */
const HOSTS = [
  new RegExp(`(?:^|\\s)(?:-h ?|--host(?:name)?[= ])["']?${NAME}`, 'g'),
  new RegExp(
    `(?:^|[\\s;&|(])(?:nc|ncat|netcat|telnet)(?: -[a-z]+(?: \\d+)?)* ["']?${NAME}["']? \\d{2,5}\\b`,
    'gi',
  ),
  new RegExp(`(?:^|[\\s;&|(])(?:nslookup|ping|host|dig|getent hosts)(?: -\\S+(?: \\d+)?)* ["']?${NAME}`, 'g'),
  new RegExp(`/dev/tcp/${NAME}/\\d`, 'g'),
  new RegExp(`\\b[a-z][a-z0-9+.-]{0,20}://(?:[^\\s/@"']*@)?${NAME}`, 'g'),
  new RegExp(`(?:^|[\\s"'=@])${NAME}:\\d{2,5}\\b`, 'g'),
];

/** Of another pod's Services those that the command names, variables of its container filled in. Needs pods and Services. */
export function servicesAsked(facts: Facts, pod: PodFact, { command, container }: SpecProbe): ServiceFact[] {
  const line = filled(command.join(' ').slice(0, 4000), environmentOf(facts.body(pod), container));
  const hosts = HOSTS.flatMap((form) => [...line.matchAll(form)].flatMap((match) => match[1] ?? []));
  const found = new Set(hosts.flatMap((host) => serviceNamed(facts, host, pod.namespace) ?? []));
  return [...found];
}

/**
 * Whether the command of a probe asks for something else than the program: its output says what fails it, or it names a Service.
 * What it asks at localhost is the program itself.
 */
export function asksAnother(facts: Facts, pod: PodFact, { probe, failures }: ProbeStory): boolean {
  const targets = failures.map((one) => failureIn(one)?.target);
  return (
    targets.some((target) => target !== undefined && !isLoopback(target)) ||
    servicesAsked(facts, pod, probe).length > 0
  );
}

function environmentOf(pod: Fields, container: string): ReadonlyMap<string, string> {
  const env = items(containerNamed(pod, container)?.['env']);
  return new Map(env.map(({ name, value }) => [text(name) ?? '', text(value) ?? '']));
}

/** `$DB_HOST`, `${DB_HOST}`, `${DB_HOST:-db}`, `$(DB_HOST)`. */
function filled(line: string, env: ReadonlyMap<string, string>): string {
  return line.replace(
    /\$(?:\{(\w+)(?::?-([^}]*))?\}|\((\w+)\)|(\w+))/g,
    (whole, braced?: string, otherwise?: string, called?: string, bare?: string) =>
      env.get(braced ?? called ?? bare ?? '') ?? otherwise ?? whole,
  );
}
