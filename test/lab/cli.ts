// `npm run lab …`: the real cluster for tests, by hand.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ensureBuilt } from './build/build.ts';
import { recipeNamed, recipes } from './build/recipes.ts';
import { down } from './cluster/down.ts';
import { labNamed } from './cluster/lab.ts';
import { logFile, records } from './cluster/processes.ts';
import { status } from './cluster/status.ts';
import { stateOf, up } from './cluster/up.ts';
import { LabError } from './lab-error.ts';
import { objectCommands } from './object-commands.ts';

const report = (line: string): void => void process.stderr.write(`lab: ${line}\n`);

const program = new Command('lab')
  .description('A real two-node Kubernetes on this machine. INQUEST_LAB names it (default: "default").')
  .showHelpAfterError();

program
  .command('up')
  .description('bring the lab up; does nothing when it is up already, mends one that misses a part')
  .action(async () => {
    const lab = labNamed();
    const { already, seconds } = await up(lab, report);
    report(already ? `${lab.name} is up already` : `${lab.name} is up (${seconds.toFixed(1)} s)`);
    process.stdout.write(`export KUBECONFIG='${lab.kubeconfig}'\n`);
  });

program
  .command('down')
  .description('take the lab down and leave nothing of it')
  .action(async () => {
    const lab = labNamed();
    const began = Date.now();
    const was = await down(lab, report);
    report(
      was ? `${lab.name} is down (${((Date.now() - began) / 1000).toFixed(1)} s)` : `${lab.name} was not up`,
    );
  });

program
  .command('status')
  .description('what runs, per component; exit code 1 when anything is missing')
  .option('--json', 'for scripts')
  .action(async (options: { json?: boolean }) => {
    const told = await status(labNamed());
    process.stdout.write(options.json === true ? `${JSON.stringify(told, null, 2)}\n` : told.text);
    process.exitCode = told.healthy ? 0 : 1;
  });

program
  .command('env')
  .description('what a client needs, for eval "$(npm run -s lab env)"')
  .action(() => {
    const lab = labNamed();
    if (stateOf(lab) === undefined) throw new LabError(`lab ${lab.name} is not up`, 'Run `npm run lab up`.');
    const values = { KUBECONFIG: lab.kubeconfig, INQUEST_LAB: lab.name, INQUEST_LAB_DIR: lab.dir };
    for (const [name, value] of Object.entries(values)) process.stdout.write(`export ${name}='${value}'\n`);
  });

program
  .command('logs')
  .argument('[component]', 'as in `lab status`; none lists them')
  .option('-n, --lines <number>', 'last lines only', '100')
  .option('-f, --follow', 'go on as it grows')
  .description("a component's own log")
  .action((component: string | undefined, options: { lines: string; follow?: boolean }) => {
    const lab = labNamed();
    const names = records(lab).map((record) => record.name);
    if (component === undefined || !existsSync(logFile(lab, component))) {
      throw new LabError(
        component === undefined ? 'which component?' : `no component "${component}"`,
        `There are: ${names.join(', ') || 'none, the lab is not up'}.`,
      );
    }
    if (options.follow === true)
      spawn('tail', ['-n', options.lines, '-F', logFile(lab, component)], { stdio: 'inherit' });
    else
      process.stdout.write(
        `${readFileSync(logFile(lab, component), 'utf8').trimEnd().split('\n').slice(-Number(options.lines)).join('\n')}\n`,
      );
  });

program
  .command('build')
  .argument('[names...]', recipes.map(({ name }) => name).join(', '))
  .description('build ahead of time; kwok, kubectl and envoy only when they are named')
  .action(async (names: string[]) => {
    const wanted = (
      names.length === 0
        ? recipes.filter((recipe) => recipe.onDemand !== true).map(({ name }) => name)
        : names
    ).map((name) => {
      const recipe = recipeNamed(name);
      if (recipe === undefined)
        throw new LabError(
          `nothing called "${name}" to build`,
          `There are: ${recipes.map((one) => one.name).join(', ')}.`,
        );
      return recipe;
    });
    await ensureBuilt(wanted, report);
    report(`built: ${wanted.map((recipe) => `${recipe.name} ${recipe.version}`).join(', ')}`);
  });

objectCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`lab: ${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  process.exitCode = 1;
}
