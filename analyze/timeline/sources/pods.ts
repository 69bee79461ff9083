/** The life of pods, from their meta data and status. */
import { sourceQuery, type TimelineSource } from '../source.ts';

const source: TimelineSource = {
  id: 'pods',
  title: 'life of pods',
  explain:
    'Created, scheduled, taken up by a kubelet, asked to go, gone. A pod that was gone before the capture is known from Events only.',
  rank: 40,
  query: sourceQuery('timeline-pods'),
};
export default source;
