/** SARIF 2.1.0, for code-scanning views: a rule a check, a result a finding, a location each piece of evidence in a file. */
import { jsonText, printable } from '../../../src/core/text.ts';
import { objectKey } from '../../../src/core/ids.ts';
import { checks } from '../../checks/registry.ts';
import type { Evidence, Finding } from '../../model/finding.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { ReportFormat } from '../format.ts';

const LEVEL = { critical: 'error', warning: 'warning', advice: 'note' } as const;

const format: ReportFormat = {
  id: 'sarif',
  title: 'SARIF 2.1.0',
  render: (verdict) => `${jsonText(log(verdict))}\n`,
};
export default format;

function log(verdict: Verdict): unknown {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'inquest',
            rules: checks.map((check) => ({
              id: check.id,
              shortDescription: { text: check.title },
              fullDescription: { text: check.explain.rule },
            })),
          },
        },
        results: verdict.findings.map((finding) => result(verdict, finding)),
        invocations: [
          {
            executionSuccessful: verdict.errors.length === 0,
            toolExecutionNotifications: verdict.gaps.map((gap) => ({
              level: 'warning',
              message: { text: printable(`${gap.key}: ${gap.reason}: ${gap.detail}`) },
            })),
          },
        ],
      },
    ],
  };
}

function result(verdict: Verdict, finding: Finding): unknown {
  const { object } = finding;
  const located = finding.evidence.filter((one) => one.file !== undefined);
  return {
    ruleId: finding.check,
    level: LEVEL[finding.severity],
    message: { text: printable(`${finding.summary}. ${finding.detail}`) },
    locations: [
      {
        ...physical(located[0]),
        logicalLocations: [
          {
            fullyQualifiedName: objectKey({
              kind: object.kind,
              name: object.name,
              ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
            }),
            kind: 'resource',
          },
        ],
      },
    ],
    relatedLocations: located.slice(1).map(physical),
    partialFingerprints: { 'inquestFinding/v1': finding.key },
    properties: {
      role: finding.role,
      confidence: finding.confidence,
      root: verdict.roots.includes(finding.key),
      since: finding.since,
      causes: finding.causes,
    },
  };
}

function physical(evidence: Evidence | undefined): object {
  if (evidence?.file === undefined) return {};
  return {
    physicalLocation: {
      artifactLocation: { uri: evidence.file.split('/').map(encodeURIComponent).join('/') },
      ...(evidence.line === undefined ? {} : { region: { startLine: evidence.line } }),
    },
  };
}
