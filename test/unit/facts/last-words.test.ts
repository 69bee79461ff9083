/** Which of a program's last lines tells why it died, in many languages. */
import { describe, expect, it } from 'vitest';
import { lastWordOf, type LastWord } from '../../../analyze/facts/logs/last-words.ts';

const wordOf = (...texts: string[]): LastWord | undefined =>
  lastWordOf(texts.map((text, line) => ({ at: 0, level: 0, text, file: 'f', line: line + 1 })));

describe('a line', () => {
  it.each<[LastWord['kind'], string]>([
    ['port-taken', 'listen tcp :8080: bind: address already in use'],
    ['port-taken', 'Error: listen EADDRINUSE: address already in use :::8080'],
    ['port-taken', 'OSError: [Errno 98] Address already in use'],
    ['port-taken', 'Web server failed to start. Port 8080 was already in use.'],
    ['port-taken', 'Caused by: java.net.BindException: Address already in use'],
    ['port-taken', 'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)'],
    [
      'port-taken',
      'System.IO.IOException: Failed to bind to address http://[::]:8080: address already in use.',
    ],
    ['port-taken', 'Error: Os { code: 98, kind: AddrInUse, message: "Address in use" }'],
    ['usage', 'flag provided but not defined: -prot'],
    ['usage', 'Error: unknown flag: --prot'],
    ['usage', "error: unexpected argument '--prot' found"],
    ['usage', 'app: error: unrecognized arguments: --prot'],
    ['usage', 'error: the following required arguments were not provided:'],
    ['usage', 'app: error: the following arguments are required: --config'],
    ['usage', "Unrecognized VM option 'UseFoo'"],
    ['usage', 'node: bad option: --prot'],
    ['missing', 'sh: 1: serve: not found'],
    ['missing', '/bin/sh: serve: not found'],
    ['missing', '/entrypoint.sh: line 3: serve: command not found'],
    ['missing', 'exec /entrypoint.sh: no such file or directory'],
    ['missing', 'standard_init_linux.go:228: exec user process caused: no such file or directory'],
    ['missing', 'open /etc/app.yaml: no such file or directory'],
    ['missing', "FileNotFoundError: [Errno 2] No such file or directory: '/etc/app.yaml'"],
    ['missing', "Error: ENOENT: no such file or directory, open '/etc/app.yaml'"],
    ['missing', 'java.io.FileNotFoundException: /etc/app.yaml (No such file or directory)'],
    ['missing', 'Error: Os { code: 2, kind: NotFound, message: "No such file or directory" }'],
    ['missing', 'Error: Unable to access jarfile /app.jar'],
    ['missing', "System.IO.FileNotFoundException: Could not find file '/etc/app.yaml'."],
    ['missing', "python: can't open file '/app/main.py': [Errno 2] No such file or directory"],
    [
      'missing',
      'error while loading shared libraries: libssl.so.1.1: cannot open shared object file: No such file or directory',
    ],
    ['missing', "ModuleNotFoundError: No module named 'requests'"],
    ['missing', "Error: Cannot find module 'express'"],
    ['missing', 'Error: Could not find or load main class com.example.Main'],
    ['missing', 'cannot load such file -- rack (LoadError)'],
    ['permission', 'open /var/run/app.pid: permission denied'],
    [
      'permission',
      'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)',
    ],
    [
      'permission',
      'E1127 reflector.go:166] "Unhandled Error" err="failed to list *v1.Pod: pods is forbidden: User \\"system:serviceaccount:shop:default\\" cannot list resource \\"pods\\" in API group \\"\\" at the cluster scope"',
    ],
    ['missing', 'open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory'],
    [
      'missing',
      "FileNotFoundError: [Errno 2] No such file or directory: '/var/run/secrets/kubernetes.io/serviceaccount/token'",
    ],
    ['permission', "PermissionError: [Errno 13] Permission denied: '/data'"],
    ['permission', 'listen tcp :80: bind: permission denied'],
    ['permission', 'nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)'],
    ['permission', "Error: EACCES: permission denied, open '/data/x'"],
    ['permission', 'mkdir: cannot create directory /data: Read-only file system'],
    ['platform', 'exec /usr/local/bin/app: exec format error'],
    ['platform', 'standard_init_linux.go:228: exec user process caused: exec format error'],
    ['disk', 'OSError: [Errno 28] No space left on device'],
    ['disk', 'PANIC:  could not write to file "pg_wal/xlogtemp.30": No space left on device'],
    ['memory', 'java.lang.OutOfMemoryError: Java heap space'],
    ['memory', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
    ['memory', 'fatal error: runtime: out of memory'],
    [
      'memory',
      'PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)',
    ],
    ['setting', "KeyError: 'DATABASE_URL'"],
    ['setting', 'panic: required key DATABASE_URL missing value'],
    ['setting', 'Error: Missing required environment variable: DATABASE_URL'],
    ['setting', 'environment variable DATABASE_URL is not set'],
    ['setting', 'Error: Database is uninitialized and superuser password is not specified.'],
    ['setting', 'Could not resolve placeholder \'db.url\' in value "${db.url}"'],
    ['setting', 'yaml: line 3: did not find expected key'],
    ['setting', 'nginx: [emerg] unknown directive "sever" in /etc/nginx/conf.d/default.conf:1'],
    [
      'error',
      'json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 3 column 5 (char 42)',
    ],
    ['dependency', 'panic: dial tcp 10.96.0.7:5432: connect: connection refused'],
    [
      'dependency',
      'psycopg2.OperationalError: connection to server at "db" (10.96.0.7), port 5432 failed: Connection refused',
    ],
    ['panic', 'panic: runtime error: invalid memory address or nil pointer dereference'],
    ['panic', "thread 'main' panicked at src/main.rs:3:5:"],
    ['panic', 'Exception in thread "main" java.lang.IllegalStateException: no'],
    [
      'panic',
      'Unhandled exception. System.NullReferenceException: Object reference not set to an instance of an object.',
    ],
    ['panic', 'fatal error: all goroutines are asleep - deadlock!'],
    ['panic', 'Segmentation fault (core dumped)'],
    ['error', 'ValueError: bad value'],
    ['error', 'java.lang.IllegalStateException: no'],
    ['error', 'PHP Fatal error:  Uncaught TypeError: x in /app/a.php:3'],
    ['error', '2026-05-01 14:00:00 ERROR cannot go on'],
    ['error', '{"level":"fatal","msg":"cannot go on"}'],
    ['error', 'time="2026-05-01T14:00:00Z" level=fatal msg="cannot go on"'],
    ['error', 'F0501 14:00:00.123456       1 main.go:42] cannot go on'],
  ])('%s: %s', (kind, text) => {
    expect(wordOf(text)?.kind).toBe(kind);
  });

  it.each([
    'listening on :8080',
    'error count: 0',
    'INFO no errors found, permission checks done',
    'loaded 3 modules',
    'usage: app [options]',
    '',
  ])('tells nothing: %s', (text) => {
    expect(wordOf(text)).toBeUndefined();
  });
});

describe('of several lines', () => {
  it('the cause below a stack counts, not its frames', () => {
    const word = wordOf(
      'org.springframework.beans.factory.BeanCreationException: Error creating bean',
      '\tat org.springframework.Factory.make(Factory.java:12)',
      'Caused by: java.net.ConnectException: Connection refused: db/10.96.0.7:5432',
      '\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)',
      '\t... 12 more',
    );
    expect(word?.kind).toBe('dependency');
    expect(word?.line.line).toBe(3);
  });

  it('what ended it counts, not what it survived long before', () => {
    const survived = 'WARN open /etc/optional.yaml: no such file or directory, using defaults';
    const lines = Array.from({ length: 20 }, (_, nth) => `INFO served ${nth}`);
    const word = wordOf(survived, ...lines, 'panic: runtime error: index out of range [3] with length 3');
    expect(word?.kind).toBe('panic');
  });

  it('a panic with its stack is what it says', () => {
    const word = wordOf(
      'panic: open /etc/app.yaml: no such file or directory',
      '',
      'goroutine 1 [running]:',
      'main.main()',
      '\t/src/main.go:12 +0x1b',
    );
    expect(word).toMatchObject({ kind: 'missing', line: { line: 1 } });
  });
});
