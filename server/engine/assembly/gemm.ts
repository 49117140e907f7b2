// Matrix products in float32. Row strides (ld*) are in bytes. One register tile serves all three products
// (A B, A Bt, At B): B always comes as panels of 8 columns, k outermost, and At is made by transposing blocks.
import { align16, madd } from './simd';

/** Rows of the register tile. With fused multiply-add 6x8 runs fastest; without it 6x8 spills registers. */
const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

export const STORE: i32 = 0;
export const ADD: i32 = 1;

/** Rows of At B that are summed in registers before they touch C. */
const TN_BLOCK: i32 = 128;

/** 256 bytes for tiles that hang over the right edge; set once by the host. */
let edgeTile: usize = 0;

/** Products of at least so many multiply-adds repay the call out of wasm. */
const NATIVE_FROM: i64 = 1 << 16;

/** The same product in native code, if the host has it; the same bits. */
// @ts-ignore: decorator
@external("env", "nativeProduct")
declare function nativeProduct(
  a: usize, lda: usize, n: i32, k: i32, b: usize, ldb: usize, panelStride: usize, m: i32,
  c: usize, ldc: usize, mode: i32,
): void;

let native: bool = false;

export function setNative(on: i32): void {
  native = on != 0;
}

export function setEdgeTile(pointer: usize): void {
  edgeTile = pointer;
}

// The tiles C[rows,8] (+)= A[rows,k] B[k,8]. Their shape follows from how V8 allocates registers: 12 accumulators, and
// nothing else that lives past the loop. In particular, adding to C must not merge with the plain store (that alone
// halves the speed), and unrolling over k only spills.
function tile6(a: usize, lda: usize, b: usize, ldb: usize, k: i32, c: usize, ldc: usize, mode: i32): void {
  let a1 = a + lda, a2 = a + 2 * lda, a3 = a + 3 * lda, a4 = a + 4 * lda, a5 = a + 5 * lda;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (const end = a + (<usize>k << 2); a < end; ) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a4);
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a5);
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    a += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4; b += ldb;
  }
  if (mode == ADD) {
    v128.store(c, f32x4.add(c00, v128.load(c))); v128.store(c, f32x4.add(c01, v128.load(c, 16)), 16); c += ldc;
    v128.store(c, f32x4.add(c10, v128.load(c))); v128.store(c, f32x4.add(c11, v128.load(c, 16)), 16); c += ldc;
    v128.store(c, f32x4.add(c20, v128.load(c))); v128.store(c, f32x4.add(c21, v128.load(c, 16)), 16); c += ldc;
    v128.store(c, f32x4.add(c30, v128.load(c))); v128.store(c, f32x4.add(c31, v128.load(c, 16)), 16); c += ldc;
    v128.store(c, f32x4.add(c40, v128.load(c))); v128.store(c, f32x4.add(c41, v128.load(c, 16)), 16); c += ldc;
    v128.store(c, f32x4.add(c50, v128.load(c))); v128.store(c, f32x4.add(c51, v128.load(c, 16)), 16);
    return;
  }
  v128.store(c, c00); v128.store(c, c01, 16); c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16); c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16); c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16); c += ldc;
  v128.store(c, c40); v128.store(c, c41, 16); c += ldc;
  v128.store(c, c50); v128.store(c, c51, 16);
}

function tile4(a: usize, lda: usize, b: usize, ldb: usize, k: i32, c: usize, ldc: usize, mode: i32): void {
  let a1 = a + lda, a2 = a + 2 * lda, a3 = a + 3 * lda;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (const end = a + (<usize>k << 2); a < end; ) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    a += 4; a1 += 4; a2 += 4; a3 += 4; b += ldb;
  }
  if (mode == ADD) {
    v128.store(c, f32x4.add(c00, v128.load(c))); v128.store(c, f32x4.add(c01, v128.load(c, 16)), 16); c += ldc;
    v128.store(c, f32x4.add(c10, v128.load(c))); v128.store(c, f32x4.add(c11, v128.load(c, 16)), 16); c += ldc;
    v128.store(c, f32x4.add(c20, v128.load(c))); v128.store(c, f32x4.add(c21, v128.load(c, 16)), 16); c += ldc;
    v128.store(c, f32x4.add(c30, v128.load(c))); v128.store(c, f32x4.add(c31, v128.load(c, 16)), 16);
    return;
  }
  v128.store(c, c00); v128.store(c, c01, 16); c += ldc;
  v128.store(c, c10); v128.store(c, c11, 16); c += ldc;
  v128.store(c, c20); v128.store(c, c21, 16); c += ldc;
  v128.store(c, c30); v128.store(c, c31, 16);
}

/** The products of the first `rows` rows (1..6), into the edge tile. Missing rows repeat row 0. */
function edge6(a: usize, lda: usize, rows: i32, b: usize, ldb: usize, k: i32): void {
  let a1 = rows > 1 ? a + 1 * lda : a, a2 = rows > 2 ? a + 2 * lda : a, a3 = rows > 3 ? a + 3 * lda : a, a4 = rows > 4 ? a + 4 * lda : a, a5 = rows > 5 ? a + 5 * lda : a;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (const end = a + (<usize>k << 2); a < end; ) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load32_splat(a4);
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load32_splat(a5);
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    a += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4; b += ldb;
  }
  const c = edgeTile;
  v128.store(c, c00, 0); v128.store(c, c01, 16);
  v128.store(c, c10, 32); v128.store(c, c11, 48);
  v128.store(c, c20, 64); v128.store(c, c21, 80);
  v128.store(c, c30, 96); v128.store(c, c31, 112);
  v128.store(c, c40, 128); v128.store(c, c41, 144);
  v128.store(c, c50, 160); v128.store(c, c51, 176);
}

/** The products of the first `rows` rows (1..4), into the edge tile. Missing rows repeat row 0. */
function edge4(a: usize, lda: usize, rows: i32, b: usize, ldb: usize, k: i32): void {
  let a1 = rows > 1 ? a + 1 * lda : a, a2 = rows > 2 ? a + 2 * lda : a, a3 = rows > 3 ? a + 3 * lda : a;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (const end = a + (<usize>k << 2); a < end; ) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let s = v128.load32_splat(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load32_splat(a1);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load32_splat(a2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load32_splat(a3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    a += 4; a1 += 4; a2 += 4; a3 += 4; b += ldb;
  }
  const c = edgeTile;
  v128.store(c, c00, 0); v128.store(c, c01, 16);
  v128.store(c, c10, 32); v128.store(c, c11, 48);
  v128.store(c, c20, 64); v128.store(c, c21, 80);
  v128.store(c, c30, 96); v128.store(c, c31, 112);
}

/** A tile over the right or lower edge: computed whole beside C, then the valid part is copied. */
function tileEdge(
  a: usize, lda: usize, rows: i32, b: usize, ldb: usize, k: i32, c: usize, ldc: usize, cols: i32, mode: i32,
): void {
  if (rows > 4) edge6(a, lda, rows, b, ldb, k);
  else edge4(a, lda, rows, b, ldb, k);
  let tile = edgeTile;
  for (let i = 0; i < rows; i++) {
    if (cols >= 8) {
      let t0 = v128.load(tile), t1 = v128.load(tile, 16);
      if (mode == ADD) {
        t0 = f32x4.add(t0, v128.load(c));
        t1 = f32x4.add(t1, v128.load(c, 16));
      }
      v128.store(c, t0);
      v128.store(c, t1, 16);
    } else {
      for (let j = 0; j < cols; j++) {
        const at = <usize>j << 2;
        let value = load<f32>(tile + at);
        if (mode == ADD) value += load<f32>(c + at);
        store<f32>(c + at, value);
      }
    }
    tile += 32;
    c += ldc;
  }
}

/** Every row of C[n,m] = bias. */
function fillRows(c: usize, ldc: usize, n: i32, m: i32, bias: usize): void {
  for (let i = 0; i < n; i++) memory.copy(c + i * ldc, bias, <usize>m << 2);
}

function product(
  a: usize, lda: usize, n: i32, k: i32, b: usize, ldb: usize, panelStride: usize, m: i32,
  c: usize, ldc: usize, mode: i32, bias: usize,
): void {
  if (bias) {
    fillRows(c, ldc, n, m, bias);
    mode = ADD;
  }
  if (native && <i64>n * <i64>k * <i64>m >= NATIVE_FROM) {
    nativeProduct(a, lda, n, k, b, ldb, panelStride, m, c, ldc, mode);
    return;
  }
  // A block of A rows stays in the first-level cache while all panels of B pass by.
  let blockRows = 4096 / max(k, 1);
  blockRows = max(TILE_ROWS, blockRows - (blockRows % TILE_ROWS));
  for (let i0 = 0; i0 < n; i0 += blockRows) {
    const i1 = min(n, i0 + blockRows);
    let panel = b;
    for (let j = 0; j < m; j += 8) {
      const cols = m - j;
      let i = i0;
      let aRow = a + i * lda, cTile = c + i * ldc + (<usize>j << 2);
      if (cols >= 8) {
        for (; i <= i1 - TILE_ROWS; i += TILE_ROWS) {
          if (TILE_ROWS == 6) tile6(aRow, lda, panel, ldb, k, cTile, ldc, mode);
          else tile4(aRow, lda, panel, ldb, k, cTile, ldc, mode);
          aRow += TILE_ROWS * lda;
          cTile += TILE_ROWS * ldc;
        }
        // Four of the remaining rows, where a larger tile is the usual one.
        if (TILE_ROWS == 6 && i1 - i == 4) {
          tile4(aRow, lda, panel, ldb, k, cTile, ldc, mode);
          i += 4;
        }
      }
      for (; i < i1; i += TILE_ROWS) {
        tileEdge(aRow, lda, min(TILE_ROWS, i1 - i), panel, ldb, k, cTile, ldc, cols, mode);
        aRow += TILE_ROWS * lda;
        cTile += TILE_ROWS * ldc;
      }
      panel += panelStride;
    }
  }
}

/** Bytes of B[k,m] in panels of 8 columns. */
export function panelBytes(k: i32, m: i32): usize {
  return align16(<usize>k * <usize>((m + 7) & ~7) * 4);
}

/** B[k,m] into panels of 8 columns, the last one padded with zeros. */
export function packPanels(b: usize, ldb: usize, k: i32, m: i32, out: usize): void {
  const zero = f32x4.splat(0);
  for (let j = 0; j < m; j += 8) {
    let row = b + (<usize>j << 2);
    const cols = m - j;
    if (cols >= 8) {
      for (let i = 0; i < k; i++) {
        v128.store(out, v128.load(row));
        v128.store(out, v128.load(row, 16), 16);
        row += ldb;
        out += 32;
      }
    } else {
      for (let i = 0; i < k; i++) {
        v128.store(out, zero);
        v128.store(out, zero, 16);
        for (let c = 0; c < cols; c++) store<f32>(out + (<usize>c << 2), load<f32>(row + (<usize>c << 2)));
        row += ldb;
        out += 32;
      }
    }
  }
}

/** out[i][j] = in[j][i] for a block of 4x4. */
// @ts-ignore: decorator
@inline
function transpose4(input: usize, ld: usize, out: usize, ldOut: usize): void {
  const r0 = v128.load(input), r1 = v128.load(input + ld);
  const r2 = v128.load(input + 2 * ld), r3 = v128.load(input + 3 * ld);
  const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(t0, t2, 0, 1, 4, 5));
  v128.store(out + ldOut, v128.shuffle<f32>(t0, t2, 2, 3, 6, 7));
  v128.store(out + 2 * ldOut, v128.shuffle<f32>(t1, t3, 0, 1, 4, 5));
  v128.store(out + 3 * ldOut, v128.shuffle<f32>(t1, t3, 2, 3, 6, 7));
}

/** out[j][i] = in[i][j], in[rows,cols]. */
export function transpose(input: usize, ld: usize, rows: i32, cols: i32, out: usize, ldOut: usize): void {
  const rows4 = rows & ~3, cols4 = cols & ~3;
  for (let j = 0; j < cols4; j += 4) {
    for (let i = 0; i < rows4; i += 4) {
      transpose4(input + i * ld + (<usize>j << 2), ld, out + j * ldOut + (<usize>i << 2), ldOut);
    }
  }
  for (let i = 0; i < rows; i++) {
    for (let j = i < rows4 ? cols4 : 0; j < cols; j++) {
      store<f32>(out + j * ldOut + (<usize>i << 2), load<f32>(input + i * ld + (<usize>j << 2)));
    }
  }
}

/** Wt, for W[m,k] in rows, into panels of 8 columns (8 rows of W). */
export function packPanelsTransposed(w: usize, ldw: usize, k: i32, m: i32, out: usize): void {
  for (let j = 0; j < m; j += 8) {
    const rows = min(8, m - j);
    if (rows < 8) memory.fill(out, 0, <usize>k * 32);
    transpose(w + j * ldw, ldw, rows, k, out, 32);
    out += <usize>k * 32;
  }
}

/** C[n,m] (+)= A[n,k] B, B in panels. */
export function gemmPanels(
  a: usize, lda: usize, n: i32, k: i32, panels: usize, m: i32, c: usize, ldc: usize, mode: i32, bias: usize,
): void {
  product(a, lda, n, k, panels, 32, <usize>k * 32, m, c, ldc, mode, bias);
}

/** C[n,m] (+)= A[n,k] B[k,m] (+ bias[m]); scratch holds panelBytes(k, m). */
export function gemmNN(
  a: usize, lda: usize, n: i32, k: i32, b: usize, ldb: usize, m: i32,
  c: usize, ldc: usize, mode: i32, bias: usize, scratch: usize,
): void {
  // Few rows do not repay the packing of B.
  if (n <= 4 * TILE_ROWS && (m & 7) == 0) {
    product(a, lda, n, k, b, ldb, 32, m, c, ldc, mode, bias);
    return;
  }
  packPanels(b, ldb, k, m, scratch);
  gemmPanels(a, lda, n, k, scratch, m, c, ldc, mode, bias);
}

/** C[n,m] (+)= A[n,k] Wt, W[m,k]; scratch holds panelBytes(k, m). */
export function gemmNT(
  a: usize, lda: usize, n: i32, k: i32, w: usize, ldw: usize, m: i32,
  c: usize, ldc: usize, mode: i32, scratch: usize,
): void {
  packPanelsTransposed(w, ldw, k, m, scratch);
  gemmPanels(a, lda, n, k, scratch, m, c, ldc, mode, 0);
}

/** Scratch bytes of gemmTN. */
export function tnScratch(n: i32, k: i32, m: i32): usize {
  const block = min(n, TN_BLOCK);
  return panelBytes(block, m) + align16(<usize>k * <usize>block * 4);
}

/** C[k,m] (+)= At B, A[n,k], B[n,m]: summed over the n rows in blocks, always in the same order. */
export function gemmTN(
  a: usize, lda: usize, n: i32, k: i32, b: usize, ldb: usize, m: i32,
  c: usize, ldc: usize, mode: i32, scratch: usize,
): void {
  const transposed = scratch + panelBytes(min(n, TN_BLOCK), m);
  for (let i = 0; i < n; i += TN_BLOCK) {
    const block = min(n - i, TN_BLOCK);
    packPanels(b + i * ldb, ldb, block, m, scratch);
    transpose(a + i * lda, lda, block, k, transposed, <usize>block << 2);
    gemmPanels(transposed, <usize>block << 2, k, block, scratch, m, c, ldc, i == 0 ? mode : ADD, 0);
  }
}
