/** Which context is chosen, what is wrong with a kubeconfig, and the settings that follow from it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openConnection } from '../../../capture/client.ts';
import { chooseContext } from '../../../capture/kubeconfig.ts';
import { proxyFor } from '../../../capture/proxy.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inquest-kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : stringify(content));
  return file;
}

function config(name: string, user: object = { token: 't' }, cluster: object = {}) {
  return {
    'current-context': name,
    contexts: [{ name, context: { cluster: `${name}-cluster`, user: `${name}-user`, namespace: 'shop' } }],
    clusters: [{ name: `${name}-cluster`, cluster: { server: 'https://k8s.example:6443/', ...cluster } }],
    users: [{ name: `${name}-user`, user }],
  };
}

const choose = (options: Parameters<typeof chooseContext>[0] = {}) =>
  chooseContext({ env: {}, home: folder, ...options });

describe('the context that is chosen', () => {
  it('is the current one of ~/.kube/config', () => {
    mkdirSync(join(folder, '.kube'));
    write('.kube/config', config('usual'));
    expect(choose()).toMatchObject({
      contextName: 'usual',
      clusterName: 'usual-cluster',
      namespace: 'shop',
      cluster: { server: 'https://k8s.example:6443' },
    });
  });

  it('is that of the first file of KUBECONFIG to set a name, the same name twice being no error', () => {
    const first = write('first', config('a', { token: 'one' }));
    const second = write('second', { ...config('a', { token: 'two' }), ...config('b') });
    const env = { KUBECONFIG: [join(folder, 'absent'), first, second].join(delimiter) };
    expect(choose({ env })).toMatchObject({ contextName: 'a', user: { token: 'one' } });
    expect(choose({ env, context: 'b' })).toMatchObject({ contextName: 'b' });
  });

  it('is the account of the pod when there is no kubeconfig', () => {
    write('token', 'secret\n');
    write('namespace', 'here\n');
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    expect(choose({ env, serviceAccount: folder })).toMatchObject({
      contextName: 'in-cluster',
      namespace: 'here',
      cluster: { server: 'https://[fd00::1]:443' },
      user: { tokenFile: join(folder, 'token') },
    });
  });

  it('has its paths relative to its own file, plugins included', () => {
    const user = { 'client-certificate': 'c.pem', tokenFile: '/abs/token', exec: { command: './login.sh' } };
    const kubeconfig = write('config', config('a', user, { 'certificate-authority': 'ca.pem' }));
    expect(choose({ kubeconfig })).toMatchObject({
      cluster: { 'certificate-authority': join(folder, 'ca.pem') },
      user: {
        'client-certificate': join(folder, 'c.pem'),
        tokenFile: '/abs/token',
        exec: { command: join(folder, 'login.sh') },
      },
    });
  });

  it.each([
    ['no file at all', () => ({}), 'no-kubeconfig'],
    ['a file that is not there', () => ({ kubeconfig: join(folder, 'nope') }), 'kubeconfig-missing'],
    ['a variable that names nothing', () => ({ env: { KUBECONFIG: '/nope' } }), 'kubeconfig-missing'],
    ['no YAML', () => ({ kubeconfig: write('x', 'a: [b') }), 'kubeconfig-unreadable'],
    ['another shape', () => ({ kubeconfig: write('x', { clusters: 5 }) }), 'kubeconfig-invalid'],
    ['an unknown context', () => ({ kubeconfig: write('x', config('a')), context: 'b' }), 'context-missing'],
    [
      'no current context',
      () => ({ kubeconfig: write('x', { ...config('a'), 'current-context': '' }) }),
      'no-context',
    ],
    [
      'no such cluster',
      () => ({ kubeconfig: write('x', { ...config('a'), clusters: [] }) }),
      'cluster-missing',
    ],
    ['no such user', () => ({ kubeconfig: write('x', { ...config('a'), users: [] }) }), 'user-missing'],
    [
      'a server that is no URL',
      () => ({ kubeconfig: write('x', config('a', {}, { server: 'host:6443' })) }),
      'server-invalid',
    ],
  ])('is explained when there is %s', (_, options, code) => {
    expect(() => choose(options())).toThrow(expect.objectContaining({ code, hint: expect.any(String) }));
  });
});

describe('the settings of a request', () => {
  const settingsFor = async (user: object) => {
    const connection = await openConnection(choose({ kubeconfig: write('config', config('a', user)) }));
    connection.close();
    return await connection.settings();
  };

  it('take the token from its file, without the line feed, anew each time', async () => {
    write('token', 'one\n');
    const connection = await openConnection(
      choose({ kubeconfig: write('c', config('a', { token: 'x', tokenFile: 'token' })) }),
    );
    const first = await connection.settings();
    write('token', 'two\n');
    const second = await connection.settings();
    connection.close();
    expect([first.headers['authorization'], second.headers['authorization']]).toEqual([
      'Bearer one',
      'Bearer two',
    ]);
  });

  it('act as another user with groups, uid and extra', async () => {
    const user = {
      token: 't',
      as: 'jane',
      'as-uid': 'u1',
      'as-groups': ['dev', 'ops'],
      'as-user-extra': { 'a/b': ['c'] },
    };
    expect((await settingsFor(user)).headers).toMatchObject({
      authorization: 'Bearer t',
      'impersonate-user': 'jane',
      'impersonate-uid': 'u1',
      'impersonate-group': ['dev', 'ops'],
      'impersonate-extra-a%2Fb': ['c'],
    });
  });

  it('carry user name and password', async () => {
    const { headers } = await settingsFor({ username: 'u', password: 'p' });
    expect(headers['authorization']).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  });

  it.each([
    ['groups without a user', { 'as-groups': ['dev'] }, 'impersonation-incomplete'],
    ['a token file that is not there', { tokenFile: 'nope' }, 'token-unreadable'],
    ['a certificate that is not there', { 'client-certificate': 'nope' }, 'credentials-unusable'],
    ['a plugin that is not there', { exec: { command: 'inquest-no-such-plugin' } }, 'credential-plugin'],
  ])('are refused for %s', async (_, user, code) => {
    await expect(settingsFor(user)).rejects.toMatchObject({ code });
  });
});

describe('HTTPS_PROXY', () => {
  const to = (server: string, env: NodeJS.ProcessEnv) =>
    proxyFor(new URL(server), { HTTPS_PROXY: 'proxy:3128', ...env });

  it('is used, but not for this machine nor for what NO_PROXY covers', () => {
    expect(to('https://k8s.example:6443', {})).toBe('http://proxy:3128');
    expect(to('https://127.0.0.1:6443', {})).toBeUndefined();
    expect(to('https://localhost', {})).toBeUndefined();
    for (const rule of ['k8s.example', '.example', '*.example', 'example', '*', 'x,k8s.example:6443']) {
      expect(to('https://k8s.example:6443', { NO_PROXY: rule })).toBeUndefined();
    }
    expect(to('https://k8s.example:6443', { NO_PROXY: '8s.example,k8s.example:443' })).toBe(
      'http://proxy:3128',
    );
    expect(to('https://10.1.2.3:6443', { NO_PROXY: '10.0.0.0/8' })).toBeUndefined();
    expect(to('https://11.1.2.3:6443', { NO_PROXY: '10.0.0.0/8' })).toBe('http://proxy:3128');
    expect(to('https://k8s.example', { HTTPS_PROXY: '' })).toBeUndefined();
  });
});
