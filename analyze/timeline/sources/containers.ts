/** What containers did, from their present and their last state. */
import { sourceQuery, type TimelineSource } from '../source.ts';

const source: TimelineSource = {
  id: 'containers',
  title: 'container states',
  explain:
    'The present state of a container and its last end. The ends before that are counted by Kubernetes, their times are not kept.',
  rank: 50,
  query: sourceQuery('timeline-containers'),
};
export default source;
