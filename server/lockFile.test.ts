import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

interface Entry {
  bin?: Record<string, string>;
  version?: string;
  resolved?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> };
const manifest = JSON.parse(read('package.json')) as Entry;

/** Where Node looks for `name` from the package at `from`: its own node_modules, then each folder above. */
function placeOf(name: string, from: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (place in packages) return place;
    if (at === '') return undefined;
  }
}

test('the lock file lists what every package asks for, binaries of all systems included', () => {
  expect(placeOf('@swc/core-darwin-arm64', 'node_modules/@swc/core')).toBeDefined();
  const missing = Object.entries(packages).flatMap(([from, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter((name) => placeOf(name, from) === undefined)
      .map((name) => `${name}, asked for by ${from || 'package.json'}`),
  );
  // npm 10 installs no binary that is not listed, and npm 11 adds it: a changed tree after an install.
  expect(missing).toEqual([]);
});

test('the lock file is of this package.json, and names no registry', () => {
  const { bin, dependencies, devDependencies, optionalDependencies } = packages[''];
  expect({ bin, dependencies, devDependencies, optionalDependencies }).toEqual({
    bin: manifest.bin,
    dependencies: manifest.dependencies,
    devDependencies: manifest.devDependencies,
    optionalDependencies: manifest.optionalDependencies,
  });
  expect(Object.keys(packages).filter((name) => packages[name].resolved !== undefined)).toEqual([]);
});

test('the lock file has no field that npm 10 drops, so that every npm leaves it as it is', () => {
  // npm 11 writes `libc` for packages that it adds, npm 10 takes it away again; either reads a file without it.
  // The price: the binaries for musl are installed beside those for glibc.
  expect(Object.keys(packages).filter((name) => 'libc' in packages[name])).toEqual([]);
});
