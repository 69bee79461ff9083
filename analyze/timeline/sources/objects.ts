/** When objects were created and deleted. */
import { sourceQuery, type TimelineSource } from '../source.ts';

const source: TimelineSource = {
  id: 'objects',
  title: 'life of objects',
  explain:
    'Creation and deletion of every object that is neither a pod, a ReplicaSet nor an Event. What was deleted before the capture is not told, unless an Event or a watch saw it.',
  rank: 10,
  query: sourceQuery('timeline-objects'),
};
export default source;
