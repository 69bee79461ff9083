/** What the program loads for `--help`: nothing heavy, whatever commands there are. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { complainAboutNode } from '../../src/cli/run.ts';
import { ROOT } from '../support/sources.ts';

const SPY = `
import { registerHooks } from 'node:module';
registerHooks({ resolve(specifier, context, next) {
  const found = next(specifier, context);
  process.stderr.write('LOADED ' + found.url + '\\n');
  return found;
} });`;

describe('inquest --help', () => {
  it('loads neither SQLite, React, Ink, the Kubernetes client, zod nor yaml', () => {
    const result = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(SPY)}`, 'dist/src/cli/main.js', '--help'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect(result.status).toBe(0);
    expect(result.stdout).toContain('inquest capture');
    expect(result.stderr).toContain('/commander/');
    expect(result.stderr).not.toMatch(
      /node_modules\/(better-sqlite3|react|ink|@kubernetes|zod|yaml|tar-stream)\//,
    );
  });
});

const OLD_NODE = `
import { registerHooks } from 'node:module';
registerHooks({ resolve(specifier, context, next) {
  const old = specifier === 'node:module' && context.parentURL?.endsWith('/src/cli/main.js');
  return next(old ? 'data:text/javascript,export default {}' : specifier, context);
} });
Object.defineProperty(process.versions, 'node', { value: '20.20.2' });`;

describe('the check of the Node version', () => {
  it('is reached by a Node that lacks what newer ones have', () => {
    const result = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(OLD_NODE)}`, 'dist/src/cli/main.js', 'checks'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect([result.status, result.stdout]).toEqual([2, '']);
    expect(result.stderr).toBe(complainAboutNode('20.20.2'));
  });

  it('says what to do when it is too old, and nothing else', () => {
    expect(complainAboutNode('20.20.2')).toContain('npm start');
    expect(complainAboutNode('22.18.0')).toContain('22.19');
    expect(complainAboutNode('22.19.0')).toBeUndefined();
    expect(complainAboutNode('24.1.0')).toBeUndefined();
  });
});
