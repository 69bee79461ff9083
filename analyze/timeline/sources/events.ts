/** What components reported as Events. */
import { sourceQuery, type TimelineSource } from '../source.ts';

const source: TimelineSource = {
  id: 'events',
  title: 'Events',
  explain:
    'Kubernetes Events. They expire, after an hour unless the API server is told otherwise; of those counted, only the first and the last time are kept.',
  rank: 70,
  query: sourceQuery('timeline-events'),
};
export default source;
