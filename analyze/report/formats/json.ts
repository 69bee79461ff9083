/** The verdict itself (`inquest-verdict/1`); its JSON Schema is in docs/schemas. */
import type { ReportFormat } from '../format.ts';

const format: ReportFormat = {
  id: 'json',
  title: 'for scripts: inquest-verdict/1',
  render: (verdict) => `${JSON.stringify(verdict, null, 2)}\n`,
};
export default format;
