/** From a bundle to evidence and verdict: loaded and judged once, found in the cache afterwards. */
import { copyFileSync, constants, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openBundle } from '../src/bundle/reader.ts';
import type { BundleSource } from '../src/bundle/source.ts';
import type { LoadProgress } from './ingest/load.ts';
import { isTampered } from './ingest/problems.ts';
import { verdictSchema, type Verdict } from './model/verdict.ts';
import { openCache, prune, temporaryName, touch, type StoreCache } from './store/cache.ts';
import { rulesDigest, storeDigest } from './store/digest.ts';
import { openStore, type Store } from './store/store.ts';
import { createStore, reopenForWriting } from './store/writer.ts';

export interface Analysis {
  readonly store: Store;
  readonly verdict: Verdict;
  /** Whether the store was in the cache; `judged`: loaded before, but judged anew because the rules have changed. */
  readonly from: 'bundle' | 'cache' | 'judged';
  close(): void;
}

export interface AnalysisOptions {
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Ignores what is cached. */
  readonly rebuild?: boolean;
  /** Instead of the user's cache. */
  readonly cacheDir?: string;
}

/**
 * Opens a bundle (file, folder, `-`) for analysis. The cache is keyed by the manifest's digest and the code that
 * loads; a damaged cache entry is rebuilt, a cache that cannot be written replaced by a temporary folder, and a bundle
 * that differs from its manifest never put into the cache.
 * @throws UserError as `openBundle` does
 */
export async function openAnalysis(source: string, options: AnalysisOptions = {}): Promise<Analysis> {
  const bundle = await openBundle(source);
  const cache = openCache(options.cacheDir);
  try {
    const rules = rulesDigest();
    const path = join(
      cache.folder,
      `${bundle.digest.slice(0, 32)}-${bundle.bytes}-${storeDigest().slice(0, 16)}.db`,
    );
    const known = options.rebuild === true ? undefined : await cached(path, rules);
    if (known !== undefined) {
      touch(path);
      return analysisOf(known, cache);
    }
    const built = await build(bundle, path, rules, options);
    if (!cache.temporary) prune(cache.folder, built.path);
    return analysisOf(built, cache);
  } catch (error) {
    drop(cache);
    throw error;
  } finally {
    await bundle.close();
  }
}

interface Opened {
  readonly path: string;
  readonly store: Store;
  readonly verdict: Verdict;
  readonly from: Analysis['from'];
  /** Removed when closed. */
  readonly transient: boolean;
}

function analysisOf(opened: Opened, cache: StoreCache): Analysis {
  const { store, verdict, from, path, transient } = opened;
  return {
    store,
    verdict,
    from,
    close() {
      store.close();
      if (transient) rmSync(path, { force: true });
      drop(cache);
    },
  };
}

function drop(cache: StoreCache): void {
  if (cache.temporary) rmSync(cache.folder, { recursive: true, force: true });
}

/** The store in the cache, judged again when it was by other rules; undefined when it is missing or broken. */
async function cached(path: string, rules: string): Promise<Opened | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const store = openStore(path);
    const judgedBy = store.get<{ value: string }>("SELECT value FROM bundle WHERE key = 'rules'")?.value;
    if (judgedBy === rules) {
      return { path, store, verdict: storedVerdict(store), from: 'cache', transient: false };
    }
    store.close();
    return await judgedAgain(path, rules);
  } catch {
    rmSync(path, { force: true });
    return undefined;
  }
}

function storedVerdict(store: Store): Verdict {
  const row = store.get<{ body: string }>('SELECT body FROM verdict');
  if (row === undefined) throw new Error('the store has no verdict');
  const body: unknown = JSON.parse(row.body);
  return verdictSchema.parse(body);
}

/** Loaders and rules are needed on the first opening alone, and take longer to import than a cached store to open. */
const loadJudgement = () => import('./judgement.ts');
const loadIngest = () => import('./ingest/load.ts');

/** On a copy, so that whoever has the store open keeps what they see. */
async function judgedAgain(path: string, rules: string): Promise<Opened> {
  const { judgeStore } = await loadJudgement();
  const temporary = temporaryName(path);
  try {
    copyFileSync(path, temporary, constants.COPYFILE_FICLONE);
    const writer = reopenForWriting(temporary);
    const verdict = judgeStore(writer, rules);
    writer.seal();
    writer.close();
    renameSync(temporary, path);
    return { path, store: openStore(path), verdict, from: 'judged', transient: false };
  } finally {
    rmSync(temporary, { force: true });
  }
}

async function build(
  bundle: BundleSource,
  path: string,
  rules: string,
  { onProgress }: AnalysisOptions,
): Promise<Opened> {
  const [{ loadBundle }, { judgeStore }] = await Promise.all([loadIngest(), loadJudgement()]);
  const temporary = temporaryName(path);
  let kept = false;
  try {
    const writer = createStore(temporary);
    let verdict: Verdict;
    try {
      await loadBundle(bundle, writer, { onProgress, logStore: temporaryName(path) });
      verdict = judgeStore(writer, rules);
      writer.seal();
    } finally {
      writer.close();
    }
    const transient = isTampered(bundle.problems);
    if (!transient) renameSync(temporary, path);
    const at = transient ? temporary : path;
    kept = transient;
    return { path: at, store: openStore(at), verdict, from: 'bundle', transient };
  } finally {
    if (!kept) rmSync(temporary, { force: true });
  }
}
