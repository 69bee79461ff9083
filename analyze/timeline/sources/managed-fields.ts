/** When managers last wrote, from metadata.managedFields. */
import { sourceQuery, type TimelineSource } from '../source.ts';

const source: TimelineSource = {
  id: 'managed-fields',
  title: 'writes by managers',
  explain:
    'A manager last changed some field of those it owns at this time: earlier writes are not kept, which field it was and who is behind the name neither.',
  rank: 20,
  query: sourceQuery('timeline-managed-fields'),
};
export default source;
