import { spawnSync } from 'node:child_process';

/**
 * Part of `npm run typecheck`: in the folders below, reading an array or a record gives what may be undefined.
 * TypeScript knows that option for whole programs only, and the folders of the kernels and worlds cannot
 * have it. So the whole is checked, and only the errors in these folders count. Tests are left out: they
 * fail anyway where something is missing.
 */
const PROGRAMS = [
  { project: '.', strict: /^(shared|server\/(api|runs|levels|storage))\/|^server\/app\.ts/ },
  { project: 'client', strict: /^client\// },
];
const TEST = /\.(test|testing)\.ts\(/;

for (const { project, strict } of PROGRAMS) {
  const { stdout, error } = spawnSync(
    'tsc',
    [
      ...['-p', project, '--noUncheckedIndexedAccess', 'true', '--pretty', 'false'],
      // Most of the time nothing has changed.
      '--incremental',
      ...[
        '--tsBuildInfoFile',
        `node_modules/.cache/strict-${project.replace('.', 'all')}.tsbuildinfo`,
      ],
    ],
    { encoding: 'utf8', shell: process.platform === 'win32', maxBuffer: 100_000_000 },
  );
  if (error) throw error;
  const wrong = stdout.split('\n').filter((line) => strict.test(line) && !TEST.test(line));
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) process.exitCode = 1;
}
