#!/usr/bin/env node
/** The command line: finds the command, runs it, turns what it throws into a message and an exit code. */
// Not by name: a Node.js too old to have it must get as far as being told so.
import nodeModule from 'node:module';

// Before anything else is imported: what Node compiles once is not compiled again at the next start.
(nodeModule as Partial<typeof nodeModule>).enableCompileCache?.();
const { run } = await import('./run.ts');
await run(process.argv);
