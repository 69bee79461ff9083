// What of a lab runs, for people and for scripts.
import { connect, hasCondition } from '../kube.ts';
import type { Lab } from './lab.ts';
import { recordOf, stateOf as processState } from './processes.ts';
import { statOf } from './proc.ts';
import { componentsOf, stateOf } from './up.ts';

export interface Status {
  lab: string;
  phase: 'down' | 'starting' | 'ready';
  healthy: boolean;
  kubeconfig: string;
  components: {
    name: string;
    state: 'running' | 'stopped' | 'ended' | 'never started';
    pid?: number;
    residentMiB?: number;
  }[];
  nodes: { name: string; ready: boolean }[];
  /** The same for people. */
  text: string;
}

/** Looks at every component and, where the API answers, at the nodes. */
export async function status(lab: Lab): Promise<Status> {
  const state = stateOf(lab);
  const components =
    state === undefined ? [] : componentsOf(lab, state.port).map(({ name }) => componentStatus(lab, name));
  const nodes = state === undefined ? [] : await nodeStatus(lab);
  const healthy =
    state?.phase === 'ready' &&
    components.every((one) => one.state === 'running') &&
    nodes.length > 0 &&
    nodes.every((node) => node.ready);
  const told = {
    lab: lab.name,
    phase: state?.phase ?? 'down',
    healthy,
    kubeconfig: lab.kubeconfig,
    components,
    nodes,
  } as const;
  return { ...told, text: draw(told) };
}

function componentStatus(lab: Lab, name: string): Status['components'][number] {
  const record = recordOf(lab, name);
  if (record === undefined) return { name, state: 'never started' };
  const state = processState(record);
  if (state === undefined) return { name, state: 'ended' };
  const residentMiB = Math.round(((statOf(record.pid)?.residentPages ?? 0) * 4096) / 1024 ** 2);
  return {
    name,
    state: state === 'T' || state === 't' ? 'stopped' : 'running',
    pid: record.pid,
    residentMiB,
  };
}

async function nodeStatus(lab: Lab): Promise<Status['nodes']> {
  try {
    const kube = connect(lab.kubeconfig);
    const nodes = await kube.list({ kind: 'Node' }).finally(kube.close);
    return nodes.map((node) => ({ name: node.metadata.name, ready: hasCondition(node, 'Ready') }));
  } catch {
    return [];
  }
}

function draw(status: Omit<Status, 'text'>): string {
  const lines = [
    `lab ${status.lab}: ${status.phase}${status.phase === 'ready' && !status.healthy ? ', but not healthy' : ''}`,
  ];
  for (const { name, state, pid, residentMiB } of status.components) {
    lines.push(
      `  ${name.padEnd(26)}${state.padEnd(14)}${pid === undefined ? '' : `pid ${String(pid).padEnd(9)}${residentMiB} MiB`}`,
    );
  }
  for (const { name, ready } of status.nodes)
    lines.push(`  ${name.padEnd(26)}${ready ? 'Ready' : 'NotReady'}`);
  if (status.phase !== 'down') lines.push(`  KUBECONFIG=${status.kubeconfig}`);
  return `${lines.join('\n')}\n`;
}
