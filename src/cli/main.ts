#!/usr/bin/env node
/** The command line: finds the command, runs it, turns what it throws into a message and an exit code. */
import { enableCompileCache } from 'node:module';

// Before anything else is imported: what Node compiles once is not compiled again at the next start.
enableCompileCache();
const { run } = await import('./run.ts');
await run(process.argv);
