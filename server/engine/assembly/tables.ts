// Sums of table rows, and their gradient by scatter-add in the order of the indices (deterministic).

/** out[n,d] = sum over k of table[indices[n,k]]; an index below 0 is no row. */
export function embedSum(table: usize, indices: usize, out: usize, n: i32, k: i32, d: i32): void {
  const bytes = <usize>d << 2;
  const d4 = <usize>(d & ~3) << 2;
  for (let i = 0; i < n; i++) {
    let first = true;
    for (let j = 0; j < k; j++) {
      const index = load<i32>(indices);
      indices += 4;
      if (index < 0) continue;
      const row = table + <usize>index * bytes;
      if (first) {
        memory.copy(out, row, bytes);
        first = false;
        continue;
      }
      let at: usize = 0;
      for (; at < d4; at += 16) v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(row + at)));
      for (; at < bytes; at += 4) store<f32>(out + at, load<f32>(out + at) + load<f32>(row + at));
    }
    if (first) memory.fill(out, 0, bytes);
    out += bytes;
  }
}

/** dTable[rows,d] = scatter-add of dy[n,d] to the rows that made it. */
export function embedSumGrad(dy: usize, indices: usize, dTable: usize, n: i32, k: i32, d: i32, rows: i32): void {
  const bytes = <usize>d << 2;
  const d4 = <usize>(d & ~3) << 2;
  memory.fill(dTable, 0, <usize>rows * bytes);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < k; j++) {
      const index = load<i32>(indices);
      indices += 4;
      if (index < 0) continue;
      const row = dTable + <usize>index * bytes;
      let at: usize = 0;
      for (; at < d4; at += 16) v128.store(row + at, f32x4.add(v128.load(row + at), v128.load(dy + at)));
      for (; at < bytes; at += 4) store<f32>(row + at, load<f32>(row + at) + load<f32>(dy + at));
    }
    dy += bytes;
  }
}

/** The least of n indices. */
export function indexLow(indices: usize, n: i32): i32 {
  let low = i32.MAX_VALUE;
  for (let i = 0; i < n; i++) low = min(low, load<i32>(indices + (<usize>i << 2)));
  return low;
}

/** The greatest of n indices. */
export function indexHigh(indices: usize, n: i32): i32 {
  let high = i32.MIN_VALUE;
  for (let i = 0; i < n; i++) high = max(high, load<i32>(indices + (<usize>i << 2)));
  return high;
}

/** out[m] = sum of the rows of x[n,m]. */
export function columnSum(x: usize, out: usize, n: i32, m: i32): void {
  const bytes = <usize>m << 2;
  const m4 = <usize>(m & ~3) << 2;
  memory.fill(out, 0, bytes);
  for (let i = 0; i < n; i++) {
    let at: usize = 0;
    for (; at < m4; at += 16) v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(x + at)));
    for (; at < bytes; at += 4) store<f32>(out + at, load<f32>(out + at) + load<f32>(x + at));
    x += bytes;
  }
}
