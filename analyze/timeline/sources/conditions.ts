/** When conditions last changed. */
import { sourceQuery, type TimelineSource } from '../source.ts';

const source: TimelineSource = {
  id: 'conditions',
  title: 'conditions',
  explain:
    "The last change of each condition: a condition that went and came back shows its return only. A pod's conditions that its containers tell better are left out while they are True.",
  rank: 60,
  query: sourceQuery('timeline-conditions'),
};
export default source;
