/** The image of Envoy, on both nodes of a lab. */
import { ensureBuilt, type Report } from '../build/build.ts';
import { ensureImages, imageArchive, meshImage } from '../build/images.ts';
import { recipeNamed } from '../build/recipes.ts';
import type { Lab } from '../cluster/lab.ts';
import { hasImage, importImages } from '../cluster/node.ts';

/**
 * Makes `lab/envoy:1` where it is not there yet, and gives it to the nodes of a lab that is up.
 * @throws LabError when Envoy cannot be had on this machine.
 */
export async function ensureMeshImage(lab: Lab, report: Report): Promise<void> {
  const recipe = recipeNamed('envoy');
  await ensureBuilt(recipe === undefined ? [] : [recipe], report);
  await ensureImages(report, [meshImage]);
  for (const node of lab.nodes)
    if (!(await hasImage(node, meshImage.tag))) await importImages(node, imageArchive([meshImage]));
}
