/**
 * Runs the credential plugin of a kubeconfig (client.authentication.k8s.io). The client library's own runner waits for
 * ever, and on a plugin that reads its input for ever too; this one has a time limit and says what went wrong.
 */
import { spawn } from 'node:child_process';
import { z } from 'zod';
import { UserError, messageOf } from '../src/core/errors.ts';
import { parseTime } from '../src/core/time.ts';
import type { ExecConfig } from './kubeconfig.ts';

const credentialSchema = z.looseObject({
  status: z.looseObject({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.string().nullish(),
  }),
});

export interface Credential {
  readonly token?: string;
  /** PEM. */
  readonly cert?: string;
  /** PEM. */
  readonly key?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** How long a plugin may take. Browser log-ins are meant to happen before a capture, not in it. */
export const PLUGIN_TIMEOUT_MS = 20_000;
/** How long its output is still read when it has ended. */
const LINGER_MS = 300;

/**
 * Runs the plugin once.
 * @throws UserError when it is not there, fails, says nothing usable, or takes longer than `timeoutMs` or than
 * `signal` allows. Neither it nor its children are left behind then.
 */
export async function runExecPlugin(
  exec: ExecConfig,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<Credential> {
  const output = await outputOf(exec, options.timeoutMs ?? PLUGIN_TIMEOUT_MS, options.signal);
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch (error) {
    throw failed(exec, 'printed no JSON', error);
  }
  const checked = credentialSchema.safeParse(parsed);
  if (!checked.success) throw failed(exec, 'printed no ExecCredential with a status');
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = checked.data.status;
  if (!token && !clientCertificateData) throw failed(exec, 'gave neither a token nor a certificate');
  const expires = parseTime(expirationTimestamp);
  return {
    ...(token ? { token: token.trim() } : {}),
    ...(clientCertificateData ? { cert: clientCertificateData } : {}),
    ...(clientKeyData ? { key: clientKeyData } : {}),
    ...(expires === undefined ? {} : { expiresAt: expires / 1000 }),
  };
}

function outputOf(exec: ExecConfig, timeoutMs: number, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    // A process group of its own: a plugin that is a shell script leaves no child behind when its time is over.
    const child = spawn(exec.command, exec.args ?? [], {
      env: environmentOf(exec),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let stdout = '';
    let stderr = '';
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stopped);
      child.stdout.destroy();
      child.stderr.destroy();
      act();
    };
    const giveUp = (words: string): void => {
      endGroup(child.pid);
      settle(() => reject(failed(exec, words)));
    };
    const stopped = (): void => giveUp("did not answer before the capture's time was over");
    const timer = setTimeout(() => giveUp(`did not answer within ${timeoutMs / 1000} s`), timeoutMs);
    signal?.addEventListener('abort', stopped, { once: true });
    if (signal?.aborted === true) stopped();
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      if (stdout.length < 1_000_000) stdout += data;
    });
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      if (stderr.length < 10_000) stderr += data;
    });
    child.on('error', (error) =>
      settle(() => reject(failed(exec, `cannot be started: ${messageOf(error)}`, error))),
    );
    const done = (code: number | null): void =>
      settle(() => {
        if (code === 0) resolve(stdout);
        else reject(failed(exec, `failed (${code ?? 'killed'}): ${lastLines(stderr)}`));
      });
    child.on('close', done);
    // A helper it left in the background may hold its output open for ever.
    child.on('exit', (code) => setTimeout(done, LINGER_MS, code).unref());
  });
}

function environmentOf(exec: ExecConfig): NodeJS.ProcessEnv {
  const info = {
    apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive: false },
  };
  return {
    ...process.env,
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
    ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
  };
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' ');
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function failed(exec: ExecConfig, what: string, cause?: unknown): UserError {
  const command = [exec.command, ...(exec.args ?? [])].join(' ');
  return new UserError('credential-plugin', `the credential plugin \`${exec.command}\` ${what}`, {
    hint: exec.installHint?.trim() || `run it by hand and log in again if it asks for that: ${command}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
