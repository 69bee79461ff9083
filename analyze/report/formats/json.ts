/** The verdict itself (`inquest-verdict/1`); its JSON Schema is in docs/schemas. */
import { jsonText } from '../../../src/core/text.ts';
import type { ReportFormat } from '../format.ts';

const format: ReportFormat = {
  id: 'json',
  title: 'for scripts: inquest-verdict/1',
  render: (verdict) => `${jsonText(verdict)}\n`,
};
export default format;
