import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/**
 * Every package that an installation may bring, optional ones for other machines too, has a licence
 * that this project can live with. A new one fails here, and is then decided about.
 */
const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
];
/** Packages whose licence is of another kind, or not stated where the others state theirs, and why that is fine. */
const EXCEPTIONS: Record<string, string> = {
  '@fontsource-variable/bricolage-grotesque':
    'OFL-1.1: a font, free to bundle with software; it is served unchanged',
  'axe-core': 'MPL-2.0: used unchanged, in tests only',
  'caniuse-lite': 'CC-BY-4.0: data, used by development tools only',
  h5wasm:
    'NIST: public service, free to use, change and hand on; it holds the HDF5 library, which is BSD-3-Clause',
  lightningcss: 'MPL-2.0: used unchanged, to build the page; no part of it is in the page',
  mediabunny: 'MPL-2.0, whose duties end at its own files, and none of them is changed here',
  'xmlhttprequest-ssl': 'MIT, stated as "licenses" as was once the custom',
};

interface Package {
  license?: string;
  link?: boolean;
}
const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, Package>;
};
const packages = Object.entries(lock.packages).filter(([path, { link }]) => path !== '' && !link);
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 13);

/** `(A OR B)`: one of them will do; `A AND B`: both have to. */
function isAllowed(licence: string): boolean {
  const bare = licence.replace(/[()]/g, '');
  if (/ OR /.test(bare)) return bare.split(' OR ').some(isAllowed);
  return bare.split(' AND ').every((one) => PERMISSIVE.includes(one));
}

test('there is something to check', () => {
  expect(packages.length).toBeGreaterThan(300);
});

test.each<[string, boolean]>([
  ['MIT', true],
  ['(MIT OR GPL-3.0)', true],
  ['MIT AND GPL-3.0', false],
  ['GPL-3.0', false],
  ['', false],
  ['SEE LICENSE IN EULA', false],
])('%j is allowed: %s', (licence, expected) => {
  expect(isAllowed(licence)).toBe(expected);
});

test('every dependency has a licence that is allowed, or a reason', () => {
  const wrong = packages.filter(([path, { license }]) => {
    // A package for one kind of machine has its parent's licence.
    const isExcepted = Object.keys(EXCEPTIONS).some((name) =>
      new RegExp(`^${name}(-(android|darwin|freebsd|linux|win32)-.*)?$`).test(nameOf(path)),
    );
    return !isExcepted && !isAllowed(license ?? '');
  });
  expect(wrong.map(([path, { license }]) => `${nameOf(path)}: ${license}`)).toEqual([]);
});

test('no reason is given for what is no longer there', () => {
  const names = new Set(packages.map(([path]) => nameOf(path)));
  expect(Object.keys(EXCEPTIONS).filter((name) => !names.has(name))).toEqual([]);
});
