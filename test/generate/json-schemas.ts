/** docs/schemas/*.json: the JSON Schemas of our formats, from the zod schemas that the program itself checks with. */
import { z } from 'zod';
import {
  changeSchema,
  collectorSchema,
  gapSchema,
  headerSchema,
  listSchema,
  manifestSchema,
  probeResultSchema,
} from '../../src/bundle/format.ts';
import { footerSchema } from '../../src/bundle/footer.ts';
import { verificationSchema } from '../../src/bundle/verify.ts';
import { whyNotSchema } from '../../analyze/model/focus.ts';
import { replaySchema } from '../../analyze/model/replay.ts';
import { timelineSchema } from '../../analyze/model/timeline.ts';
import { verdictSchema } from '../../analyze/model/verdict.ts';

interface Published {
  /** The file's name without `.json`. */
  readonly name: string;
  readonly title: string;
  readonly schema: z.ZodType;
}

/** Publishing another format is adding a row. */
const PUBLISHED: readonly Published[] = [
  { name: 'bundle-header', title: 'bundle.json of an inquest bundle', schema: headerSchema },
  { name: 'bundle-manifest', title: 'manifest.json of an inquest bundle', schema: manifestSchema },
  { name: 'bundle-footer', title: 'footer.json of an inquest bundle', schema: footerSchema },
  { name: 'bundle-list', title: 'A list record of an inquest bundle', schema: listSchema },
  { name: 'bundle-collector', title: 'A collector record of an inquest bundle', schema: collectorSchema },
  { name: 'bundle-gap', title: 'A piece of evidence that is missing', schema: gapSchema },
  { name: 'bundle-probe-result', title: 'A line of probes/<probe>.ndjson', schema: probeResultSchema },
  { name: 'bundle-change', title: 'A line of changes/…/<plural>.ndjson', schema: changeSchema },
  { name: 'verify', title: 'What inquest verify --json prints', schema: verificationSchema },
  { name: 'verdict', title: 'inquest-verdict/1, what inquest diagnose --json prints', schema: verdictSchema },
  { name: 'why-not', title: 'inquest-why-not/1, of inquest diagnose --why-not --json', schema: whyNotSchema },
  { name: 'replay', title: 'inquest-replay/1, what inquest replay --json prints', schema: replaySchema },
  {
    name: 'timeline',
    title: 'inquest-timeline/1, what inquest timeline --json prints',
    schema: timelineSchema,
  },
];

/** A field that this program does not know is allowed everywhere: readers keep and ignore it. */
export function jsonSchemas(): Map<string, string> {
  return new Map(
    PUBLISHED.map(({ name, title, schema }) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
      return [
        `docs/schemas/${name}.json`,
        `${JSON.stringify({ $schema, $id: `${name}.json`, title, ...rest }, undefined, 2)}\n`,
      ];
    }),
  );
}
