/** What containers logged, as far as it looks like trouble. */
import { sourceQuery, type TimelineSource } from '../source.ts';

const source: TimelineSource = {
  id: 'logs',
  title: 'log lines at warning or worse',
  explain:
    'Lines that a rule takes for warnings, errors or fatal ones; a line without a timestamp is put at the beginning of its file.',
  rank: 80,
  query: sourceQuery('timeline-logs'),
};
export default source;
