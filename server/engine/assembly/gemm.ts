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

export function setEdgeTile(pointer: usize): void {
  edgeTile = pointer;
}

/**
 * C[rows,8] (+)= A[rows,k] B[k,8] for rows 1..6. Missing rows alias row 0: they compute and store the same values
 * again, which costs less than a second code path.
 */
function tile6(
  a: usize, lda: usize, rows: i32, b: usize, ldb: usize, k: i32, c: usize, ldc: usize, mode: i32, bias: usize,
): void {
  let a1 = rows > 1 ? a + lda : a, a2 = rows > 2 ? a + 2 * lda : a, a3 = rows > 3 ? a + 3 * lda : a;
  let a4 = rows > 4 ? a + 4 * lda : a, a5 = rows > 5 ? a + 5 * lda : a;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
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
  // All rows are read before any is written: aliased rows must see the same old C.
  const p1 = rows > 1 ? c + ldc : c, p2 = rows > 2 ? c + 2 * ldc : c, p3 = rows > 3 ? c + 3 * ldc : c;
  const p4 = rows > 4 ? c + 4 * ldc : c, p5 = rows > 5 ? c + 5 * ldc : c;
  if (mode == ADD) {
    c00 = f32x4.add(c00, v128.load(c)); c01 = f32x4.add(c01, v128.load(c, 16));
    c10 = f32x4.add(c10, v128.load(p1)); c11 = f32x4.add(c11, v128.load(p1, 16));
    c20 = f32x4.add(c20, v128.load(p2)); c21 = f32x4.add(c21, v128.load(p2, 16));
    c30 = f32x4.add(c30, v128.load(p3)); c31 = f32x4.add(c31, v128.load(p3, 16));
    c40 = f32x4.add(c40, v128.load(p4)); c41 = f32x4.add(c41, v128.load(p4, 16));
    c50 = f32x4.add(c50, v128.load(p5)); c51 = f32x4.add(c51, v128.load(p5, 16));
  }
  if (bias) {
    const d0 = v128.load(bias), d1 = v128.load(bias, 16);
    c00 = f32x4.add(c00, d0); c01 = f32x4.add(c01, d1); c10 = f32x4.add(c10, d0); c11 = f32x4.add(c11, d1);
    c20 = f32x4.add(c20, d0); c21 = f32x4.add(c21, d1); c30 = f32x4.add(c30, d0); c31 = f32x4.add(c31, d1);
    c40 = f32x4.add(c40, d0); c41 = f32x4.add(c41, d1); c50 = f32x4.add(c50, d0); c51 = f32x4.add(c51, d1);
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(p1, c10); v128.store(p1, c11, 16);
  v128.store(p2, c20); v128.store(p2, c21, 16);
  v128.store(p3, c30); v128.store(p3, c31, 16);
  v128.store(p4, c40); v128.store(p4, c41, 16);
  v128.store(p5, c50); v128.store(p5, c51, 16);
}

/** As tile6, for rows 1..4. */
function tile4(
  a: usize, lda: usize, rows: i32, b: usize, ldb: usize, k: i32, c: usize, ldc: usize, mode: i32, bias: usize,
): void {
  let a1 = rows > 1 ? a + lda : a, a2 = rows > 2 ? a + 2 * lda : a, a3 = rows > 3 ? a + 3 * lda : a;
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
  const p1 = rows > 1 ? c + ldc : c, p2 = rows > 2 ? c + 2 * ldc : c, p3 = rows > 3 ? c + 3 * ldc : c;
  if (mode == ADD) {
    c00 = f32x4.add(c00, v128.load(c)); c01 = f32x4.add(c01, v128.load(c, 16));
    c10 = f32x4.add(c10, v128.load(p1)); c11 = f32x4.add(c11, v128.load(p1, 16));
    c20 = f32x4.add(c20, v128.load(p2)); c21 = f32x4.add(c21, v128.load(p2, 16));
    c30 = f32x4.add(c30, v128.load(p3)); c31 = f32x4.add(c31, v128.load(p3, 16));
  }
  if (bias) {
    const d0 = v128.load(bias), d1 = v128.load(bias, 16);
    c00 = f32x4.add(c00, d0); c01 = f32x4.add(c01, d1); c10 = f32x4.add(c10, d0); c11 = f32x4.add(c11, d1);
    c20 = f32x4.add(c20, d0); c21 = f32x4.add(c21, d1); c30 = f32x4.add(c30, d0); c31 = f32x4.add(c31, d1);
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(p1, c10); v128.store(p1, c11, 16);
  v128.store(p2, c20); v128.store(p2, c21, 16);
  v128.store(p3, c30); v128.store(p3, c31, 16);
}

/** A tile with fewer than 8 columns: computed whole beside C, then the valid part is copied. */
function tileEdge(
  a: usize, lda: usize, rows: i32, b: usize, ldb: usize, k: i32, c: usize, ldc: usize, cols: i32, mode: i32, bias: usize,
): void {
  if (rows > 4) tile6(a, lda, rows, b, ldb, k, edgeTile, 32, STORE, 0);
  else tile4(a, lda, rows, b, ldb, k, edgeTile, 32, STORE, 0);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const at = c + i * ldc + (<usize>j << 2);
      let value = load<f32>(edgeTile + (<usize>(i * 8 + j) << 2));
      if (mode == ADD) value += load<f32>(at);
      if (bias) value += load<f32>(bias + (<usize>j << 2));
      store<f32>(at, value);
    }
  }
}

function product(
  a: usize, lda: usize, n: i32, k: i32, b: usize, ldb: usize, panelStride: usize, m: i32,
  c: usize, ldc: usize, mode: i32, bias: usize,
): void {
  // A block of A rows stays in the first-level cache while all panels of B pass by.
  let blockRows = 4096 / max(k, 1);
  blockRows = max(TILE_ROWS, blockRows - (blockRows % TILE_ROWS));
  for (let i0 = 0; i0 < n; i0 += blockRows) {
    const i1 = min(n, i0 + blockRows);
    let panel = b;
    for (let j = 0; j < m; j += 8) {
      const cols = m - j;
      const biasJ = bias ? bias + (<usize>j << 2) : 0;
      let i = i0;
      while (i < i1) {
        const left = i1 - i;
        // A remainder of 1..4 rows takes the smaller tile.
        const rows = left >= TILE_ROWS ? TILE_ROWS : left;
        const aRow = a + i * lda;
        const cTile = c + i * ldc + (<usize>j << 2);
        if (cols < 8) tileEdge(aRow, lda, rows, panel, ldb, k, cTile, ldc, cols, mode, biasJ);
        else if (rows > 4) tile6(aRow, lda, rows, panel, ldb, k, cTile, ldc, mode, biasJ);
        else tile4(aRow, lda, rows, panel, ldb, k, cTile, ldc, mode, biasJ);
        i += rows;
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
  if (n <= 2 * TILE_ROWS && (m & 7) == 0) {
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
