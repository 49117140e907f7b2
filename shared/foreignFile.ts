/** What a file is that was taken for another kind, by its first bytes. */

const LFS = 'version https://git-lfs.github.com/spec/';
const SIGNATURES: readonly (readonly [readonly number[] | string, string])[] = [
  [LFS, 'a Git LFS pointer, not the file itself; "git lfs pull" fetches that'],
  [[0x1f, 0x8b], 'a gzip archive; unpack it first'],
  [
    'PK\x03\x04',
    'a ZIP archive (PyTorch’s .pt and .zip files are such); unpack or convert it first',
  ],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a zstd archive; unpack it first'],
  ['BZh', 'a bzip2 archive; unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'an xz archive; unpack it first'],
  [[0xff, 0xfe], 'text in UTF-16; save it as UTF-8'],
  [[0xfe, 0xff], 'text in UTF-16; save it as UTF-8'],
  ['\x89PNG', 'a PNG image'],
  ['GIF8', 'a GIF image'],
  ['SQLite format 3', 'an SQLite database'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file'],
  [[0x80, 0x02], 'a Python pickle'],
  [[0x80, 0x04], 'a Python pickle'],
];

/**
 * What the file with these first bytes (a few hundred are enough) is, as the end of "this is …";
 * undefined where they do not tell. JSON and safetensors, this program's own kinds, are told only where
 * `wanted` is the other one.
 */
export function foreignKind(bytes: Uint8Array, wanted: 'json' | 'safetensors'): string | undefined {
  if (bytes.length === 0) return 'an empty file';
  for (const [signature, kind] of SIGNATURES) if (startsWith(bytes, signature)) return kind;
  const text = asText(bytes.subarray(0, 200)).trimStart().toLowerCase();
  if (/^<(!doctype html|html|head|body|\?xml)/.test(text))
    return 'a web page, perhaps of a download that failed';
  if (wanted === 'json') return isSafetensors(bytes) ? 'a safetensors file (weights)' : undefined;
  return /^[{[]/.test(text) ? 'JSON text' : undefined;
}

/** A safetensors file begins with the length of its header (8 bytes), which is a JSON object. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 9 && bytes[8] === 0x7b && bytes.subarray(4, 8).every((byte) => byte === 0);
}

function startsWith(bytes: Uint8Array, signature: readonly number[] | string): boolean {
  const wanted =
    typeof signature === 'string' ? [...signature].map((c) => c.charCodeAt(0)) : signature;
  return wanted.every((byte, at) => bytes[at] === byte);
}

function asText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes).replace(/^ï»¿/, '');
}
