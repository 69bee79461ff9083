/** Credential plugins: what they give, and every way they fail. */
import { describe, expect, it } from 'vitest';
import { runExecPlugin } from '../../../capture/exec-plugin.ts';

const sh = (script: string) => ({ command: 'sh', args: ['-c', script] });
const answer = (status: object): string =>
  `printf '%s' '${JSON.stringify({ kind: 'ExecCredential', status })}'`;

describe('a credential plugin', () => {
  it('gives a token with its end, without a line feed', async () => {
    const status = { token: 'abc\n', expirationTimestamp: '2030-01-01T00:00:00Z' };
    expect(await runExecPlugin(sh(answer(status)))).toEqual({
      token: 'abc',
      expiresAt: Date.parse('2030-01-01T00:00:00Z'),
    });
  });

  it('gives a certificate', async () => {
    const status = { clientCertificateData: 'CERT', clientKeyData: 'KEY' };
    expect(await runExecPlugin(sh(answer(status)))).toEqual({ cert: 'CERT', key: 'KEY' });
  });

  it('is told what is wanted, and its own variables', async () => {
    const script = `test -n "$WHO" && echo "$KUBERNETES_EXEC_INFO" | grep -q v1beta1 && ${answer({ token: 'ok' })}`;
    const env = [{ name: 'WHO', value: 'me' }];
    const plugin = { ...sh(script), apiVersion: 'client.authentication.k8s.io/v1beta1', env };
    expect(await runExecPlugin(plugin)).toEqual({ token: 'ok' });
  });

  it('that reads its input finds it empty', async () => {
    expect(await runExecPlugin(sh(`cat; ${answer({ token: 'ok' })}`))).toEqual({ token: 'ok' });
  });

  it.each([
    ['fails', sh('echo session expired >&2; exit 3'), /failed \(3\): session expired/],
    ['prints no JSON', sh('echo hello'), /printed no JSON/],
    ['prints another document', sh('echo {}'), /no ExecCredential/],
    ['gives nothing', sh(answer({})), /neither a token nor a certificate/],
    ['is not there', { command: 'inquest-no-such-plugin' }, /cannot be started/],
    ['takes too long, and its children', sh('sleep 60 & sleep 60'), /did not answer within 0.3 s/],
  ])('that %s is explained', async (_, plugin, words) => {
    await expect(runExecPlugin(plugin, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'credential-plugin',
      message: expect.stringMatching(words),
    });
  });

  it('that leaves a helper behind, which holds its output open, has answered all the same', async () => {
    const plugin = sh(`sleep 5 & ${answer({ token: 'ok' })}`);
    const began = performance.now();
    expect(await runExecPlugin(plugin)).toEqual({ token: 'ok' });
    expect(performance.now() - began).toBeLessThan(4000);
  });

  it('is given up when the capture has no more time', async () => {
    const signal = AbortSignal.timeout(200);
    await expect(runExecPlugin(sh('sleep 60'), { signal })).rejects.toMatchObject({
      message: expect.stringMatching(/before the capture's time was over/),
    });
  });

  it('has its own advice on installing it shown', async () => {
    const plugin = { command: 'inquest-no-such-plugin', installHint: 'install it with brew' };
    await expect(runExecPlugin(plugin)).rejects.toMatchObject({ hint: 'install it with brew' });
  });
});
