/** Judges a loaded store and writes down what came of it: timeline, verdict, findings, causes. */
import { parseTime } from '../src/core/time.ts';
import { judge } from './judge.ts';
import type { Verdict } from './model/verdict.ts';
import type { StoreWriter } from './store/writer.ts';
import { buildTimeline } from './timeline/build.ts';

/** Replaces whatever judgement the store holds by the present rules'; `rules` is their digest. */
export function judgeStore(store: StoreWriter, rules: string): Verdict {
  store.exec('BEGIN; DELETE FROM verdict; DELETE FROM findings; DELETE FROM causes;');
  buildTimeline(store);
  const verdict = judge(store);
  writeVerdict(store, verdict);
  store.insert('bundle', ['key', 'value'], 'REPLACE')('rules', rules);
  store.exec('COMMIT');
  return verdict;
}

function writeVerdict(store: StoreWriter, verdict: Verdict): void {
  store.insert('verdict', ['format', 'body'])(verdict.format, JSON.stringify(verdict));
  const addFinding = store.insert(
    'findings',
    [
      'key',
      'check_id',
      'layer',
      'severity',
      'confidence',
      'role',
      'kind',
      'namespace',
      'name',
      'summary',
      'detail',
      'since_from',
      'since_to',
      'since_basis',
      'root_rank',
    ],
    'REPLACE',
  );
  const addCause = store.insert('causes', ['cause', 'consequence'], 'IGNORE');
  const ranks = new Map(verdict.roots.map((key, index) => [key, index + 1]));
  for (const finding of verdict.findings) {
    const { object, since } = finding;
    addFinding(
      finding.key,
      finding.check,
      finding.layer,
      finding.severity,
      finding.confidence,
      finding.role,
      object.kind,
      object.namespace ?? null,
      object.name,
      finding.summary,
      finding.detail,
      parseTime(since.from) ?? null,
      parseTime(since.to) ?? null,
      since.basis,
      ranks.get(finding.key) ?? null,
    );
    for (const cause of finding.causes) addCause(cause, finding.key);
  }
}
