#!/usr/bin/env node
/** The command line: finds the command, runs it, turns what it throws into a message and an exit code. */
import { run } from './run.ts';

await run(process.argv);
